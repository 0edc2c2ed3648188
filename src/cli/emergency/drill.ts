import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Fetch } from '../../core/clock.ts'
import type { DidResolver } from '../../did/resolve-did.ts'
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

/** When a place showed it; without `seconds` it did not in time. */
export interface DrillResult {
  readonly place: string
  readonly seconds?: number
}

/**
 * Waits until a place shows the list with the key of the drill, signed by the authority, and a head that commits to it.
 *
 * @param at Base URL of a host that has the paths of the service; absent: where the trust entry says.
 */
export async function awaitDrill(drill: Drill, at?: string): Promise<DrillResult> {
  const { trust, clock, from, until } = drill
  const base = at === undefined ? statusBaseOf(trust.head) : movedTo(at, statusBaseOf(trust.head))
  for (;;) {
    if (await isShown(drill, base)) return { place: base, seconds: (clock() - from) / 1000 }
    if (clock() + LOOK_MS > until) return { place: base }
    await sleep(LOOK_MS)
  }
}

function movedTo(at: string, base: string): string {
  return at.replace(/\/+$/, '') + new URL(base).pathname
}

async function isShown({ trust, resolver, key, fetch, clock }: Drill, base: string): Promise<boolean> {
  const token = await fetchDocument(fetch, emergencyUrl(base), MAX_EMERGENCY_BYTES)
  if (!token.verified) return false
  const { authority, statusIssuer } = trust
  const list = await openEmergency(token.value.trim(), { authority, resolver, now: clock() })
  if (!list.verified || list.value.drill !== key) return false
  const text = await fetchDocument(fetch, `${base}/head`, MAX_HEAD_BYTES)
  const head = text.verified
    ? await openHead(text.value.trim(), { statusIssuer, resolver, now: clock() })
    : text
  return head.verified && head.value.emergency === list.value.digest
}
