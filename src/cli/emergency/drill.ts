import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Fetch } from '../../core/clock.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
import type { Refused } from '../../refusal.ts'
import { MAX_EMERGENCY_BYTES, openEmergency } from '../../status/emergency.ts'
import { MAX_HEAD_BYTES, openHead } from '../../status/head.ts'
import { emergencyUrl, statusBaseOf } from '../../status/layout.ts'
import { fetchDocument } from '../../verifier/fetch-document.ts'
import type { TrustEntry } from '../../verifier/trust.ts'

/** Pause between two looks at one place, in milliseconds. */
const LOOK_MS = 250

/** What is waited for. */
export interface Drill {
  readonly trust: TrustEntry
  readonly resolver: DidResolver
  /** The key of nobody that was listed. */
  readonly key: string
  readonly fetch: Fetch
  readonly clock: Clock
  /** When it was asked for, and until when it is waited for; milliseconds since 1970. */
  readonly from: number
  readonly until: number
}

/** When a place showed it, or what was the matter at the last look. */
export type DrillResult = { readonly place: string } & (
  | { readonly seconds: number }
  | { readonly problem: string }
)

/**
 * Waits until a place shows the list with the key of the drill, signed by the authority, and a head that commits to it.
 *
 * @param at Base URL of a host that has the paths of the service; absent: where the trust entry says.
 */
export async function awaitDrill(drill: Drill, at?: string): Promise<DrillResult> {
  const { trust, clock, from, until } = drill
  const base = at === undefined ? statusBaseOf(trust.head) : movedTo(at, statusBaseOf(trust.head))
  for (;;) {
    const problem = await problemAt(drill, base)
    if (problem === undefined) return { place: base, seconds: (clock() - from) / 1000 }
    if (clock() + LOOK_MS > until) return { place: base, problem }
    await sleep(LOOK_MS)
  }
}

function movedTo(at: string, base: string): string {
  return at.replace(/\/+$/, '') + new URL(base).pathname
}

/** A list is there from the first drill on: what is missing may come yet. */
async function problemAt(drill: Drill, base: string): Promise<string | undefined> {
  const { trust, resolver, key, fetch, clock } = drill
  const url = emergencyUrl(base)
  const token = await fetchDocument(fetch, url, MAX_EMERGENCY_BYTES)
  if (!token.verified) return describe(token, url)
  const list = await openEmergency(token.value.trim(), {
    authority: trust.authority,
    resolver,
    now: clock(),
  })
  if (!list.verified) return describe(list, url)
  return list.value.drill === key ? headProblem(drill, base, list.value.digest) : `an older list at ${url}`
}

async function headProblem(drill: Drill, base: string, digest: string): Promise<string | undefined> {
  const { trust, resolver, fetch, clock } = drill
  const url = `${base}/head`
  const text = await fetchDocument(fetch, url, MAX_HEAD_BYTES)
  if (!text.verified) return describe(text, url)
  const { statusIssuer } = trust
  const head = await openHead(text.value.trim(), { statusIssuer, resolver, now: clock() })
  if (!head.verified) return describe(head, url)
  return head.value.emergency === digest ? undefined : `a head without it at ${url}`
}

/** Why a document was not had, as far as it is known; else why it is not believed. */
function describe({ refusal, fault }: Refused, url: string): string {
  return `${fault?.cause ?? refusal.code} at ${url}`
}
