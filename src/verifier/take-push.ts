import type { Clock, Fetch } from '../core/clock.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import { acceptHead } from '../status/accept-head.ts'
import { openHead } from '../status/head.ts'
import type { PushedHead } from '../status/head-event.ts'
import { changesUrl, statusBaseOf } from '../status/layout.ts'
import type { AuthoritySync } from './authority-sync.ts'

export interface TakePushOptions {
  readonly sync: AuthoritySync
  /** Looks at the head as it is, with what is at hand of it. */
  readonly look: (fetch: Fetch) => Promise<unknown>
  readonly resolver: DidResolver
  readonly fetch: Fetch
  readonly clock: Clock
}

/**
 * Takes in a head that was pushed, as if it had been found at its place: a head that follows the one held begins a look,
 * which has it, and the changes that came with it, at hand. Whatever else is pushed changes nothing.
 *
 * @returns False for what the status issuer did not sign, and for evidence against it.
 */
export async function takePush(pushed: PushedHead, options: TakePushOptions): Promise<boolean> {
  const { sync, resolver, clock } = options
  const trust = sync.trust
  if (!trust.verified) return true
  const { statusIssuer, head: url } = trust.value
  const head = await openHead(pushed.head, { statusIssuer, resolver, now: clock() })
  if (!head.verified) return false
  // Between here and the look nothing else can begin.
  while (sync.isLooking) await sync.sync()
  const held = sync.view.head(statusIssuer)
  const { verdict, alarm } = acceptHead(held, head.value)
  if (alarm !== undefined) await sync.tellOf(alarm, 'push')
  if (verdict.verified && verdict.value !== held) await options.look(atHand(url, pushed, options.fetch))
  return alarm === undefined
}

/** Answers with what was pushed, for the places where it would be looked for, and asks for all else. */
function atHand(head: string, pushed: PushedHead, fetch: Fetch): Fetch {
  const slices = Object.entries(pushed.changes)
  const base = statusBaseOf(head)
  const documents = new Map(slices.map(([slice, body]) => [changesUrl(base, Number(slice)), body]))
  documents.set(head, pushed.head)
  return async (input, init) => {
    const document = typeof input === 'string' ? documents.get(input) : undefined
    return document === undefined ? fetch(input, init) : new Response(document)
  }
}
