import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const LOADER = new URL('./run-from-source.mjs', import.meta.url).href
const SCRIPT = fileURLToPath(new URL('../e2e/service-process.ts', import.meta.url))

/** The issuer service in a process of its own. */
export interface ServiceProcess {
  readonly child: ChildProcess
  readonly url: string
  /** Everything that it wrote but its URL: nothing, unless something is wrong. */
  readonly output: readonly string[]
  /** Sends a signal and waits for the end. @returns Exit code, or `null` after a signal that was not handled. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export interface ServicePlaces {
  /** A database that several services share, of which each needs the key-encryption key. */
  readonly url?: string
  readonly keyEncryptionKey?: string
  /** Variables beside those of the tests' own process. */
  readonly env?: Readonly<Record<string, string>>
  /** Into which it publishes. */
  readonly publishDirectory?: string
}

/**
 * Starts the service and waits until it listens.
 *
 * @param compileCache Where Node keeps what it compiled, so that the next start takes half as long.
 */
export async function spawnService(
  dataDir: string,
  compileCache: string,
  places: ServicePlaces = {},
): Promise<ServiceProcess> {
  const { url = '', keyEncryptionKey = '', publishDirectory, env = {} } = places
  const child = spawn(process.execPath, ['--import', LOADER, SCRIPT, dataDir, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: compileCache,
      ...(keyEncryptionKey !== '' && { PROCURA_KEK: keyEncryptionKey }),
      ...env,
      ...(publishDirectory !== undefined && { PROCURA_PUBLISH_DIRECTORY: publishDirectory }),
    },
  })
  const exited = once(child, 'exit')
  const output: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => output.push(line))
  const stdout = createInterface({ input: child.stdout })
  const [first] = await Promise.race([once(stdout, 'line'), exited])
  stdout.on('line', (line) => output.push(line))
  if (typeof first !== 'string') throw new Error(`the service did not start: ${output.join('\n')}`)
  return {
    child,
    url: first,
    output,
    end: async (signal) => {
      child.kill(signal)
      const [code] = await exited
      return code
    },
  }
}
