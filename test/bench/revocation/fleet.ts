import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { PrivateJwk } from '../../../src/securing/vc-jose/local-signer.ts'
import type { TrustEntry } from '../../../src/verifier/trust.ts'
import type { Granted } from './world.ts'

const PROCESS = fileURLToPath(new URL('verifier-process.ts', import.meta.url))

/** Processes at most; more verifiers share them. */
const MAX_PROCESSES = 10

/** So many verifiers of one address are told of heads as they are signed (spec 10 "Defaults"). */
const STREAMS_TO_AN_ADDRESS = 64

export interface VerifierSettings {
  readonly trust: TrustEntry
  readonly push: boolean
  /** One for each verifier of the process; empty: its own. */
  readonly addresses: readonly string[]
}

/** A delegation to accept, and to refuse as soon as it is revoked. */
export interface ToVerifiers {
  readonly id: string
  readonly texts: readonly string[]
  readonly key: PrivateJwk
}

export type FromVerifiers =
  | { readonly kind: 'ready' }
  | { readonly kind: 'watching'; readonly id: string }
  /** When each verifier refused it first, in ns of the clock that all processes of a machine share. */
  | { readonly kind: 'refused'; readonly id: string; readonly at: readonly string[] }

/** Verifiers in processes of their own. */
export class Fleet {
  readonly #children: readonly ChildProcess[]

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children
  }

  static async start(
    count: number,
    { trust, push }: Pick<VerifierSettings, 'trust' | 'push'>,
  ): Promise<Fleet> {
    const processes = Math.min(count, MAX_PROCESSES)
    const addresses = Array.from({ length: count }, (_, i) =>
      count > STREAMS_TO_AN_ADDRESS ? `192.0.2.${i + 1}` : '',
    )
    const children = Array.from({ length: processes }, (_, nth) => {
      const own = addresses.filter((_, i) => i % processes === nth)
      return fork(PROCESS, [JSON.stringify({ trust, push, addresses: own } satisfies VerifierSettings)])
    })
    const fleet = new Fleet(children)
    for (const child of children) child.setMaxListeners(0)
    await fleet.#each('ready')
    return fleet
  }

  /** Every verifier accepts it. */
  async watch({ delegation, texts, key }: Granted): Promise<void> {
    const watching = this.#each('watching', delegation)
    for (const child of this.#children) child.send({ id: delegation, texts, key } satisfies ToVerifiers)
    await watching
  }

  /** Settles when every verifier has refused it, with when each did so. */
  async refused({ delegation }: Granted): Promise<readonly bigint[]> {
    const told = await this.#each('refused', delegation)
    return told.flatMap((message) => (message.kind === 'refused' ? message.at.map(BigInt) : []))
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        const exit = once(child, 'exit')
        child.disconnect()
        await exit
      }),
    )
  }

  #each(kind: FromVerifiers['kind'], id?: string): Promise<readonly FromVerifiers[]> {
    return Promise.all(this.#children.map((child) => messageOf(child, kind, id)))
  }
}

function messageOf(child: ChildProcess, kind: FromVerifiers['kind'], id?: string): Promise<FromVerifiers> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      child.off('message', onMessage)
      child.off('exit', onExit)
      end()
    }
    const onMessage = (message: FromVerifiers) => {
      if (message.kind === kind && (id === undefined || ('id' in message && message.id === id)))
        settle(() => resolve(message))
    }
    const onExit = () => settle(() => reject(new Error('verifiers of the benchmark have ended')))
    child.on('message', onMessage)
    child.once('exit', onExit)
  })
}
