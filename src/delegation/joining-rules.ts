import { lastLink, type ParsedChain, type ParsedLink, rootTaskOf } from '../model/chain.ts'
import type { DelegationCredential, DerivedSubject } from '../model/credential.ts'
import { type Refused, refuse } from '../refusal.ts'

/*
 * The joining rules of docs/spec/02-chain.md. Each takes the chain so far and the link that is to join it, and
 * answers with the first rule that is broken; the caller adds the position.
 */

type Delegation = ParsedLink<DelegationCredential>

/** Every link is signed for by the subject of the one before, and no DID is subject twice. */
export function joinPrincipals(chain: ParsedChain, { credential }: Delegation): Refused | undefined {
  if (credential.issuer !== lastLink(chain).credential.subject.id) return broken('issuer')
  const isSubject = chain.some((link) => link.credential.subject.id === credential.subject.id)
  return isSubject ? broken('credentialSubject.id') : undefined
}

/** Link 1 repeats authority, tenant and environment of link 0. Their windows intersect, so they are not compared. */
export function joinAgent([{ credential: owner }]: ParsedChain, link: Delegation): Refused | undefined {
  const { subject } = link.credential
  if (subject.kind !== 'Agent') return broken('credentialSubject.kind')
  if (subject.authority !== owner.issuer) return broken('credentialSubject.authority')
  if (subject.tenant !== owner.subject.tenant) return broken('credentialSubject.tenant')
  if (subject.environment !== owner.subject.environment) return broken('credentialSubject.environment')
  return undefined
}

/** A link ≥ 2 commits to the exact credential of its parent and stays within its window and its depth. */
export function joinDerived(chain: ParsedChain, { credential }: Delegation): Refused | undefined {
  const parent = lastLink(chain)
  const { subject } = credential
  if (subject.kind === 'Agent') return broken('credentialSubject.kind')
  if (subject.parent.id !== parent.credential.id) return broken('credentialSubject.parent.id')
  if (subject.parent.digest !== parent.digest) return broken('credentialSubject.parent.digest')
  if (credential.validFrom < parent.credential.validFrom) return broken('validFrom')
  if (credential.validUntil > parent.credential.validUntil) return broken('validUntil')
  if (isOtherTask(chain, subject)) return broken('credentialSubject.lineage.rootTask')
  return subject.maxDepth < maxDepthOf(parent)
    ? undefined
    : refuse('depth_exceeded', { dimension: 'credentialSubject.maxDepth' })
}

/** Once a link has named the task that all began with, later ones name the same or none. */
function isOtherTask(chain: ParsedChain, { lineage }: DerivedSubject): boolean {
  if (lineage?.rootTask === undefined) return false
  const set = rootTaskOf(chain)
  return set !== undefined && set !== lineage.rootTask
}

/** How many links may follow; link 0 sets none. */
function maxDepthOf({ credential: { subject } }: ParsedLink): number {
  return 'maxDepth' in subject ? subject.maxDepth : 0
}

function broken(dimension: string): Refused {
  return refuse('chain_broken', { dimension })
}
