import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../src/core/json.ts'
import type { Person, World } from '../helpers/world.ts'
import { AUDIENCE } from '../helpers/world.ts'
import type { Order, Report, Setup } from './verifying-process.ts'

const PROCESS = fileURLToPath(new URL('./verifying-process.ts', import.meta.url))
const LOADER = new URL('../helpers/run-from-source.mjs', import.meta.url).href
const FIELDS = ['agent-delegation', 'signature', 'signature-input']

/** A request as it goes over the wire, to be sent as often as one likes. */
export type Wire = Pick<Order, 'target' | 'headers' | 'arguments'>

export async function wire(
  world: World,
  chain: readonly string[],
  by: Person = world.agent,
  args?: JsonObject,
): Promise<Wire> {
  const request = await world.present(chain, { signer: by.signer })
  const headers = Object.fromEntries(FIELDS.map((name) => [name, request.header(name) ?? '']))
  return { target: request.target, headers, ...(args === undefined ? {} : { arguments: args }) }
}

/** A process of its own that verifies with the stores in a file. */
export class VerifyingProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (code: string) => void>()
  readonly #ended: Promise<void>
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (report: Report) => {
      if ('id' in report) this.#settle(report.id, report.code)
    })
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        for (const id of this.#waiting.keys()) this.#settle(id, 'killed')
        resolve()
      })
    })
  }

  static async start(file: string, world: World): Promise<VerifyingProcess> {
    const child = fork(PROCESS, [], {
      execArgv: ['--import', LOADER],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const started = new VerifyingProcess(child)
    const setup: Setup = {
      file,
      audience: AUDIENCE,
      trust: world.trust,
      documents: [...world.site.documents],
      now: world.now,
    }
    const ready = new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)))
    })
    child.send(setup)
    await ready
    return started
  }

  /** @returns The code, or `killed` when the process ended before it answered. */
  verify(request: Wire, options: Pick<Order, 'dies'> = {}): Promise<string> {
    const id = ++this.#lastId
    const answer = new Promise<string>((resolve) => this.#waiting.set(id, resolve))
    this.#child.send({ id, ...request, ...options } satisfies Order)
    return answer
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  #settle(id: number, code: string): void {
    this.#waiting.get(id)?.(code)
    this.#waiting.delete(id)
  }
}
