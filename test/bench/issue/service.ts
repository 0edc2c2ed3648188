import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { encodeUtf8 } from '../../../src/core/bytes.ts'
import { systemRandom } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { PROCURA_API_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { signRequest } from '../../../src/securing/http-signature/sign.ts'
import { createLocalSigner } from '../../../src/securing/vc-jose/local-signer.ts'
import type { BenchPlace } from './issuer.ts'

const PROCESS = fileURLToPath(new URL('service-process.ts', import.meta.url))

export type ToService = 'watch' | 'longest delay' | 'close'

export type FromService =
  | { readonly kind: 'listening' | 'watching' }
  /** When the process knew it, in ns of the clock that all processes of a machine share. */
  | { readonly kind: 'committed'; readonly at: string }
  | { readonly kind: 'delay'; readonly ms: number }

/** A request, signed already, so that it is only sent while somebody measures. */
export interface Ready {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly etag: string | undefined
}

/** The service in a process of its own, as clients of one machine see it. */
export class BenchService {
  readonly origin: string
  readonly admin: Signer
  readonly #child: ChildProcess
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 })

  private constructor(origin: string, admin: Signer, child: ChildProcess) {
    this.origin = origin
    this.admin = admin
    this.#child = child
  }

  /** @param program Told the data directory and the port. Default: one that tells how it works, and says hello. */
  static async start(place: BenchPlace, program: string = PROCESS): Promise<BenchService> {
    const { initialized, dataDir } = place
    const { origin, port } = new URL(initialized.trust.head)
    const child = fork(program, [dataDir, port])
    const service = new BenchService(origin, await adminSigner(place), child)
    // Where nobody listens messages are kept, and the next one to listen would get an old one.
    service.#child.on('message', () => undefined)
    await service.#next('listening')
    return service
  }

  async close(): Promise<void> {
    this.#agent.destroy()
    const exit = once(this.#child, 'exit')
    this.#child.send('close' satisfies ToService)
    await exit
  }

  /** Settles with the moment at which the next revocation is committed, in ns. */
  async nextCommit(): Promise<bigint> {
    return BigInt((await this.#next('committed')).at)
  }

  /** From now on the event loop of the service is watched. */
  async watch(): Promise<void> {
    this.#child.send('watch' satisfies ToService)
    await this.#next('watching')
  }

  /** How long the event loop was kept waiting at most, in milliseconds. */
  async longestDelay(): Promise<number> {
    this.#child.send('longest delay' satisfies ToService)
    return (await this.#next('delay')).ms
  }

  /** Signs a request; it must be sent within a minute. */
  async sign(
    method: 'GET' | 'POST',
    path: string,
    body: JsonObject | undefined,
    signer: Signer = this.admin,
  ): Promise<Ready> {
    const bytes = body === undefined ? undefined : encodeUtf8(JSON.stringify(body))
    const headers = bytes === undefined ? {} : { 'content-type': 'application/json' }
    const proof = await signRequest({
      profile: PROCURA_API_PROFILE,
      method,
      targetUri: this.origin + path,
      headers,
      signer,
      now: Date.now(),
      random: systemRandom,
      ...(bytes !== undefined && { body: bytes }),
    })
    return { method, path, headers: { ...headers, ...proof }, ...(bytes !== undefined && { body: bytes }) }
  }

  /** @throws {Error} for an answer of 400 and above: nothing here should be refused. */
  send({ method, path, headers, body }: Ready): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(this.origin + path, { method, agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const status = response.statusCode ?? 0
          if (status < 400) resolve({ status, text, etag: response.headers.etag })
          else reject(new Error(`${method} ${path}: ${status} ${text}`))
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async post(path: string, body: JsonObject, signer?: Signer): Promise<Answer> {
    return await this.send(await this.sign('POST', path, body, signer))
  }

  #next<K extends FromService['kind']>(kind: K): Promise<Extract<FromService, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        this.#child.off('message', onMessage)
        this.#child.off('exit', onExit)
        end()
      }
      const onMessage = (message: FromService) => {
        if (isOf(message, kind)) settle(() => resolve(message))
      }
      const onExit = () => settle(() => reject(new Error('the service of the benchmark has ended')))
      this.#child.on('message', onMessage)
      this.#child.once('exit', onExit)
    })
  }
}

function isOf<K extends FromService['kind']>(
  message: FromService,
  kind: K,
): message is Extract<FromService, { kind: K }> {
  return message.kind === kind
}

async function adminSigner({ initialized }: BenchPlace): Promise<Signer> {
  return createLocalSigner(JSON.parse(await readFile(initialized.adminKeyFile, 'utf8')))
}
