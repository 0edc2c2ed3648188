import { parseStrictJson } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { type PrivateJwk, parsePrivateJwk } from '../securing/vc-jose/local-signer.ts'
import { parseChainFile } from './chain-file.ts'
import type { AgentOptions } from './create-agent.ts'
import { fileStorage } from './file-storage.ts'
import { hasSystemCode, loadNodeModules } from './node-modules.ts'

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the options of an agent from the environment:
 *
 * - `PROCURA_AGENT_KEY`, or `PROCURA_AGENT_KEY_FILE` with the path of a file: the private key as a JWK. Required.
 * - `PROCURA_CREDENTIAL`, or `PROCURA_CREDENTIAL_FILE`: the chain, as in a chain file. Required unless the state
 *   directory holds one.
 * - `PROCURA_ISSUER`: base URL of the issuer, which renews the chain. Without it nobody does.
 * - `PROCURA_STATE`: directory in which the agent remembers its chain and the status indexes that it gave away.
 *
 * An empty variable counts as absent.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` naming the variable and the fix.
 */
export async function readEnvironment(environment: Environment): Promise<AgentOptions> {
  const read = (name: string) => readVariable(environment, name)
  const key = await read('PROCURA_AGENT_KEY')
  const chain = await read('PROCURA_CREDENTIAL')
  const state = present(environment, 'PROCURA_STATE')
  const issuer = present(environment, 'PROCURA_ISSUER')
  if (key === undefined) throw missing('PROCURA_AGENT_KEY', 'the private key of the agent as a JWK')
  if (chain === undefined && state === undefined)
    throw missing('PROCURA_CREDENTIAL', 'the chain of the agent')
  return {
    key: parseKey(key),
    ...(chain === undefined ? {} : { chain: parseChainFile(chain.text, chain.name) }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(state === undefined ? {} : { storage: fileStorage(state) }),
  }
}

interface Variable {
  /** The variable that was set: with or without `_FILE`. */
  readonly name: string
  readonly text: string
}

/** A variable, or the content of the file that its twin with `_FILE` names. */
async function readVariable(environment: Environment, name: string): Promise<Variable | undefined> {
  const text = present(environment, name)
  const file = present(environment, `${name}_FILE`)
  if (text !== undefined && file !== undefined) {
    throw misconfigured(`${name} and ${name}_FILE are both set; keep one of them`)
  }
  if (file !== undefined) return { name: `${name}_FILE`, text: await readFileOf(`${name}_FILE`, file) }
  return text === undefined ? undefined : { name, text }
}

async function readFileOf(name: string, file: string): Promise<string> {
  const { fs } = await loadNodeModules()
  try {
    return await fs.readFile(file, 'utf8')
  } catch (cause) {
    const reason = `the file that ${name} names ${hasSystemCode(cause, 'ENOENT') ? 'does not exist' : 'cannot be read'}`
    if (!isShowable(file))
      throw misconfigured(`${reason}; what is no path belongs into ${name.replace(/_FILE$/, '')}`)
    throw misconfigured(`${reason}: ${JSON.stringify(file)}; give the path of a readable file`, { cause })
  }
}

/** Longest path that goes into a message, in characters; a token is longer. */
const MAX_SHOWN_CHARS = 256

/** Whether it can be a path. A key or a chain that somebody has put where a path belongs goes into no message. */
function isShowable(file: string): boolean {
  return file.length <= MAX_SHOWN_CHARS && !file.includes('{')
}

function parseKey({ name, text }: Variable): PrivateJwk {
  try {
    return parsePrivateJwk(parseStrictJson(text.trim()))
  } catch (cause) {
    throw misconfigured(
      `${name} must be a private JWK as JSON, Ed25519 or P-256, such as \`procura agent keygen\` writes`,
      {
        cause,
      },
    )
  }
}

function present(environment: Environment, name: string): string | undefined {
  const text = environment[name]
  return text === undefined || text.trim() === '' ? undefined : text
}

function missing(name: string, what: string): ProcuraError {
  return misconfigured(
    `${name} is not set; put ${what} into ${name}, or the path of a file with it into ${name}_FILE`,
  )
}

function misconfigured(message: string, options?: ErrorOptions): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message, options)
}
