import type { Json } from '../core/json.ts'
import type { ParsedChain } from '../model/chain.ts'
import { type Head, openHead } from '../status/head.ts'
import type { SignedBits } from '../status/open-status-list.ts'
import { isUnderOrigins } from '../status/origins.ts'
import { listsOfChain, openStapledList, parseStaple, type Staple } from '../status/staple.ts'
import type { StatusTrust } from '../status/status-jws.ts'
import type { EmergencyFollower } from './emergency-follower.ts'
import type { HeldStatus } from './held-status.ts'
import type { StapledStatus } from './stapled-status.ts'
import type { TrustEntry } from './trust.ts'

interface StapleAccess {
  readonly trust: TrustEntry
  readonly held: HeldStatus
  readonly stapled: StapledStatus
  readonly emergency: EmergencyFollower
  /** Takes in an emergency list, and lets the keys go that it names. */
  readonly restore: (token: string) => Promise<void>
  /** Who signs, and what time it is. */
  readonly context: () => StatusTrust
}

/**
 * Takes in a staple: verified like what is fetched, whole or not at all (docs/spec/06-presenting.md "Stapling"). The head comes
 * first, so that what is old costs one signature, and what is known as well: agents bring the same with each request.
 *
 * @returns Whether it may say something new of a revocation or suspension.
 */
export async function takeStaple(json: Json, chain: ParsedChain, access: StapleAccess): Promise<boolean> {
  const { stapled, context } = access
  const staple = parseStaple(json)
  if (!staple.verified || !isOf(staple.value, chain, access.trust)) return false
  const head = await openHead(staple.value.head, context())
  if (!head.verified || !stapled.follows(head.value)) return false
  await takeEmergency(staple.value, head.value, access)
  if (staple.value.lists.every(({ list }) => stapled.knows(list, head.value))) return false
  const lists = await openLists(staple.value, head.value, context())
  if (lists === undefined || !isStillGood(head.value, access)) return false
  return stapled.take(head.value, lists)
}

/** Whether all that is brought is of lists that the chain names, where its authority has its status. */
function isOf({ lists }: Staple, chain: ParsedChain, { statusOrigins }: TrustEntry): boolean {
  const named = listsOfChain(chain)
  return lists.every(({ list }) => named.includes(list) && isUnderOrigins(list, statusOrigins))
}

/** The emergency list comes first: a key that it names may have signed the very head. */
async function takeEmergency({ emergency: token }: Staple, head: Head, access: StapleAccess): Promise<void> {
  const { emergency, restore } = access
  if (token !== null && !emergency.isCommitted(head)) await restore(token)
}

/** What was waited for may have changed what is held, and whose key counts. */
function isStillGood(head: Head, { held, stapled, emergency }: StapleAccess): boolean {
  return held.hasKeyOf(head) && emergency.isCommitted(head) && stapled.follows(head)
}

async function openLists(
  { lists, size }: Staple,
  { root }: Head,
  context: StatusTrust,
): Promise<readonly SignedBits[] | undefined> {
  const opened: SignedBits[] = []
  for (const list of lists) {
    const one = await openStapledList(list, { root, size }, context)
    if (!one.verified) return undefined
    opened.push(one.value)
  }
  return opened
}
