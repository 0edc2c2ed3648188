import { rmSync } from 'node:fs'
import { ProcuraError } from '../../errors.ts'
import { mayPass } from '../../holder/issuer-problem.ts'

/** A new key of an agent that the issuer refused is of no use, and would stand in the way of the next attempt. */
export async function withNewKey<T>(file: string | undefined, register: () => Promise<T>): Promise<T> {
  try {
    return await register()
  } catch (error) {
    const isRefused = error instanceof ProcuraError && error.problem !== undefined && !mayPass(error)
    if (isRefused && file !== undefined) rmSync(file, { force: true })
    throw error
  }
}
