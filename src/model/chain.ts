import type { Verdict } from '../refusal.ts'
import type { ChainCredential, DelegationCredential, OwnerCredential } from './credential.ts'
import type { DidUrl } from './did.ts'
import type { Grant } from './grant.ts'

/** Data Integrity suites that secure a credential of a chain (docs/spec/04-securing.md). */
export const CRYPTOSUITES = [
  'eddsa-jcs-2022',
  'ecdsa-jcs-2019',
  'eddsa-rdfc-2022',
  'ecdsa-rdfc-2019',
] as const

export type Cryptosuite = (typeof CRYPTOSUITES)[number]

/** How a credential is secured. One chain may use several: what its links commit to is the same for all. */
export const MECHANISMS: readonly ['vc+jwt', 'vc+sd-jwt', ...typeof CRYPTOSUITES] = [
  'vc+jwt',
  'vc+sd-jwt',
  ...CRYPTOSUITES,
]

export type Mechanism = (typeof MECHANISMS)[number]

/** Whether the signature covers the RDF statements that the JSON stands for, and not the JSON itself. */
export function isOverRdf(mechanism: Mechanism): boolean {
  return mechanism.includes('-rdfc-')
}

/** One signature under a credential, that nobody has checked. */
export interface LinkSignature {
  /** DID URL of the key that claims to have signed. */
  readonly verificationMethod: DidUrl
  readonly algorithm: 'EdDSA' | 'ES256'
  /** 64 bytes. */
  readonly signature: Uint8Array
  /**
   * What is signed; a text stands for its UTF-8 bytes. A function where making it is dear (RDF canonicalization): it
   * is called only to check the signature.
   */
  readonly signingInput: Uint8Array | string | (() => Promise<Verdict<Uint8Array>>)
}

/**
 * A credential that was read but whose signature nobody has checked. Steps 3-7 of spec 07 work on these; they
 * must never leave the verifier as facts.
 */
export interface ParsedLink<C extends ChainCredential = ChainCredential> {
  readonly mechanism: Mechanism
  readonly credential: C
  /**
   * What the next link's `parent.digest` must equal: SHA-256, as multihash base58btc, of the payload as signed (JWT,
   * SD-JWT: before disclosure) or of the JCS of the document without `proof`.
   */
  readonly digest: string
  /** The issuer's first; all must be good. A second one exists only in a set of Data Integrity proofs. */
  readonly signatures: readonly [LinkSignature, ...LinkSignature[]]
  /** The exact text that was presented (a compact token, or JSON): what is remembered of a link is remembered by it. */
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
