import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { ProcuraError } from '../../errors.ts'
import { mayPass } from '../../holder/issuer-problem.ts'
import type { Cli } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { createKeyFile } from '../key-file.ts'
import type { Options } from '../options.ts'

/** A key by its DID, and the file that a new one is in. */
export interface Identity {
  readonly did: string
  readonly file?: string
}

/**
 * The key that `--did` names, or a new one for `--generate`. It is made before the issuer is told of it: an agent without a key
 * would be of no use to anybody.
 */
export async function identityOf(options: Options, { host }: Cli): Promise<Identity> {
  const did = options.text('did')
  const file = options.text('generate')
  if ((did === undefined) === (file === undefined)) {
    throw usageError('give --did DID for a key that the agent has, or --generate FILE for a new one')
  }
  if (did !== undefined) return { did }
  const path = resolve(host.directory, file ?? '')
  const { did: made } = await createKeyFile(path)
  return { did: made, file: path }
}

/**
 * Removes a new key that the issuer refused: it is of no use, and would stand in the way of the next attempt.
 *
 * @param isUnused Whether a refusal with this code leaves the key unknown to the issuer. Default: every one does.
 */
export async function withNewKey<T>(
  file: string | undefined,
  register: () => Promise<T>,
  isUnused: (code: string) => boolean = () => true,
): Promise<T> {
  try {
    return await register()
  } catch (error) {
    const problem = error instanceof ProcuraError && !mayPass(error) ? error.problem : undefined
    if (file !== undefined && problem !== undefined && isUnused(problem.code)) rmSync(file, { force: true })
    throw error
  }
}
