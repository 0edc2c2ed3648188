import type { ChainCredential, DelegationCredential, OwnerCredential } from './credential.ts'
import type { DidUrl } from './did.ts'
import type { Grant } from './grant.ts'

/** How a credential is secured; further mechanisms join this union with their own module under `securing/`. */
export type Mechanism = 'vc+jwt'

/**
 * A credential that was read but whose signature nobody has checked. Steps 3-7 of spec 07 work on these; they
 * must never leave the verifier as facts.
 */
export interface ParsedLink<C extends ChainCredential = ChainCredential> {
  readonly mechanism: Mechanism
  readonly credential: C
  /** SHA-256 of the signed payload as multihash base58btc: what the next link's `parent.digest` must equal. */
  readonly digest: string
  /** DID URL of the key that claims to have signed. */
  readonly verificationMethod: DidUrl
  readonly algorithm: 'EdDSA' | 'ES256'
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
  /** The exact text that was presented: what is remembered of a link is remembered by it. */
  readonly token: string
}

/** Root first; link 0 is the OwnerCredential. A chain of one link is the owner in person. */
export type ParsedChain = readonly [ParsedLink<OwnerCredential>, ...ParsedLink<DelegationCredential>[]]

/** The link whose subject presents the chain. */
export function lastLink(chain: ParsedChain): ParsedLink {
  return chain.at(-1) ?? chain[0]
}

/** What a link grants. A link 1 that inherits grants what link 0 does not keep from agents (spec 03 "Attenuation"). */
export function grantsOf(chain: ParsedChain, link: ParsedLink): readonly Grant[] {
  const { authorizationDetails } = link.credential.subject
  if (authorizationDetails !== 'inherit') return authorizationDetails
  return chain[0].credential.subject.authorizationDetails.filter(({ inheritable }) => inheritable)
}

/** The task that all began with: what the first link that names one says. */
export function rootTaskOf(chain: ParsedChain): string | undefined {
  for (const { credential } of chain) {
    const { subject } = credential
    if ('lineage' in subject && subject.lineage?.rootTask !== undefined) return subject.lineage.rootTask
  }
  return undefined
}
