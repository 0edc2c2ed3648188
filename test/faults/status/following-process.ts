/*
 * A service provider's process: a verifier that follows the status of one authority over real sockets, and keeps what it
 * holds in a folder. It is told what time it is, when to look, what to verify and when to die.
 */
import { statusFolder } from '../../../src/stores/index.ts'
import { createVerifier } from '../../../src/verifier/create-verifier.ts'
import type { StatusStore } from '../../../src/verifier/ports.ts'
import type { TrustEntry } from '../../../src/verifier/trust.ts'
import type { FreshnessPolicy } from '../../../src/verifier/verifier-options.ts'

/** What a process is started with. */
export interface Setup {
  readonly folder: string
  readonly audience: string
  readonly trust: TrustEntry
  readonly freshness: FreshnessPolicy
}

export interface Asked {
  readonly action: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

/** `now` is what its clock shows, in milliseconds since 1970. */
export type Order = { readonly id: number; readonly now: number } & (
  | { readonly do: 'sync' }
  /** To be killed so many milliseconds after it has begun to write its state. */
  | { readonly do: 'die-saving'; readonly afterMs: number }
  | { readonly do: 'verify'; readonly asked: readonly Asked[] }
)

export interface Outcome {
  readonly id: number
  /** Of each that was asked about: a code or `verified`. */
  readonly codes: readonly string[]
  /** Why the look did not succeed. */
  readonly failure?: string
  /** How often it wrote its state down since the answer before. */
  readonly saves: number
  /** Told since the answer before. */
  readonly alarms: readonly string[]
}

process.once('message', (setup: Setup) => void serve(setup))

async function serve({ folder, audience, trust, freshness }: Setup): Promise<void> {
  let now = 0
  let dying: number | undefined
  let saves = 0
  let alarms: string[] = []
  const verifier = createVerifier({
    audience,
    trust: [trust],
    freshness,
    clock: () => now,
    onAlarm: ({ kind }) => alarms.push(kind),
    statusStore: countedStore(statusFolder(folder), () => {
      saves++
      if (dying !== undefined) setTimeout(() => process.kill(process.pid, 'SIGKILL'), dying)
    }),
  })

  const carryOut = async (order: Order): Promise<Pick<Outcome, 'codes' | 'failure'>> => {
    if (order.do === 'verify') {
      const codes = await Promise.all(order.asked.map(codeOf))
      // What is not held is looked for at once: that must not go on while the next order is carried out.
      if (codes.includes('status_unavailable')) await verifier.sync()
      return { codes }
    }
    dying = order.do === 'die-saving' ? order.afterMs : undefined
    const [state] = await verifier.sync()
    const { code, dimension, url, cause } = state?.failure ?? {}
    return code === undefined
      ? { codes: [] }
      : { codes: [], failure: [code, dimension, cause, url].join(' ') }
  }
  const codeOf = async ({ action, target, headers }: Asked): Promise<string> => {
    const request = { method: 'GET', target, header: (name: string) => headers[name] }
    const verdict = await verifier.verify(request, { action })
    return verdict.verified ? 'verified' : verdict.refusal.code
  }

  process.on('message', async (order: Order) => {
    now = order.now
    const outcome = await carryOut(order)
    // Alarms are told in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve))
    report({ id: order.id, ...outcome, alarms, saves })
    alarms = []
    saves = 0
  })
  report({ id: 0, codes: [], alarms: [], saves: 0 })
}

function countedStore(store: StatusStore, onSave: () => void): StatusStore {
  return {
    load: (authority) => store.load(authority),
    save: (authority, status) => {
      onSave()
      return store.save(authority, status)
    },
  }
}

function report(outcome: Outcome): void {
  process.send?.(outcome)
}
