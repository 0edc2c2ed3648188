import type { ParsedChain } from '../model/chain.ts'
import { accept, atLink, type Refused, refuse, type Verdict } from '../refusal.ts'
import { isFresh } from '../status/freshness.ts'
import type { StatusReading, StatusView } from '../status/status-view.ts'

/**
 * Step 7 of docs/spec/07-verifying.md: what is already known of the links. A revocation of any link comes before a
 * suspension of any other, because it cannot be lifted. What is not known is left to step 10.
 *
 * @param now Milliseconds since 1970.
 */
export function knownBits(chain: ParsedChain, view: StatusView, now: number): Refused | undefined {
  let suspended: Refused | undefined
  for (const [link, reading] of readings(chain, view, now)) {
    if (!reading.verified) continue
    const facts = { link, inherited: link < chain.length - 1 }
    if (reading.value.revoked) return refuse('revoked', facts)
    if (reading.value.suspended) suspended ??= refuse('suspended', facts)
  }
  return suspended
}

/**
 * Step 10: every link's status must be known and fresh enough.
 *
 * @param maxAgeSeconds Age that the policy allows for the action.
 * @returns The signed time of the oldest list used, in milliseconds since 1970.
 */
export function freshStatus(
  chain: ParsedChain,
  view: StatusView,
  now: number,
  maxAgeSeconds: number,
): Verdict<number> {
  let oldest = now
  for (const [link, reading] of readings(chain, view, now)) {
    if (!reading.verified) return atLink(reading, link)
    const { asOf } = reading.value
    if (!isFresh(asOf, now, maxAgeSeconds)) return refuse('status_stale', { link, dimension: 'freshness' })
    oldest = Math.min(oldest, asOf)
  }
  return accept(oldest)
}

function* readings(
  chain: ParsedChain,
  view: StatusView,
  now: number,
): Generator<readonly [link: number, reading: Verdict<StatusReading>]> {
  const { issuer } = chain[0].credential.subject.statusService
  for (const [link, { credential }] of chain.entries()) {
    if (credential.status === undefined) continue
    yield [link, view.read(credential.status, issuer, now)]
  }
}
