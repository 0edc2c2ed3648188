import { parseChain } from '../delegation/parse-chain.ts'
import type { VerificationMethod } from '../did/did-document.ts'
import { resolveDidJwk } from '../did/did-jwk.ts'
import { resolveDidKey } from '../did/did-key.ts'
import { ProcuraError, type ProcuraErrorCode } from '../errors.ts'
import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { isLifelong } from '../model/constraints/counted-limit.ts'
import type { AgentSubject, DelegationCredential } from '../model/credential.ts'
import { type Did, didMethodOf } from '../model/did.ts'
import { accept, type Refusal, refuse, type Verdict } from '../refusal.ts'

/** A chain that an agent holds: read and joined, its signatures left to whoever verifies it. */
export interface HeldChain {
  /** Compact tokens or JSON texts, root first. */
  readonly tokens: readonly string[]
  readonly links: ParsedChain
  /** The last link: the agent's own. */
  readonly own: ParsedLink<DelegationCredential>
  /** The credential of link 1 and what it says: on whose registered agent all rests. */
  readonly delegationId: string
  readonly agent: AgentSubject
  /** When all links are in force, in milliseconds since 1970. */
  readonly validFrom: number
  readonly validUntil: number
}

/**
 * Reads a chain of at least two links.
 *
 * @returns The first refusal from the root.
 */
export async function parseHeldChain(tokens: readonly string[]): Promise<Verdict<HeldChain>> {
  const links = await parseChain(tokens)
  return links.verified ? holdChain([...tokens], links.value) : links
}

function holdChain(tokens: readonly string[], links: ParsedChain): Verdict<HeldChain> {
  const [, first, ...others] = links
  if (first?.credential.subject.kind !== 'Agent') return refuse('chain_broken', { dimension: 'links' })
  return accept({
    tokens,
    links,
    own: others.at(-1) ?? first,
    delegationId: first.credential.id,
    agent: first.credential.subject,
    validFrom: Math.max(...links.map(({ credential }) => credential.validFrom)),
    validUntil: Math.min(...links.map(({ credential }) => credential.validUntil)),
  })
}

/** Whether link 1 has a limit that is never given anew: it ends when it ends, and nobody renews it (spec 03). */
export function hasLifelongLimit({ agent: { authorizationDetails } }: HeldChain): boolean {
  if (authorizationDetails === 'inherit') return false
  return authorizationDetails.some(({ constraints }) => constraints.some(isLifelong))
}

/**
 * Reads a chain that the caller gave.
 *
 * @param code Who is at fault when it cannot be read.
 * @throws {ProcuraError} With that code; the message names link and member, never their content.
 */
export async function holdGivenChain(
  tokens: readonly string[],
  code: ProcuraErrorCode = 'ERR_PROCURA_INVALID_ARGUMENT',
): Promise<HeldChain> {
  const held = await parseHeldChain(tokens)
  if (held.verified) return held.value
  throw new ProcuraError(
    code,
    `the chain cannot be presented: ${placeOf(held.refusal)}; give the whole chain as the issuer returned it, OwnerCredential first`,
  )
}

/** Whether the chain is that of an agent that the issuer knows: the owner's link and its own. */
export function isRegisteredAgent({ links }: HeldChain): boolean {
  return links.length === 2
}

/** How many status indexes the agent may give away, those given away included. */
export function leaseSizeOf({ own }: HeldChain): number {
  return own.credential.subject.statusLease.reduce((count, { indexes }) => count + indexes.length, 0)
}

/** Code, link and member of a refusal: `chain_broken at link 1 (issuer)`. */
export function placeOf({ code, link, dimension }: Refusal): string {
  return `${code}${link === undefined ? '' : ` at link ${link}`}${dimension === undefined ? '' : ` (${dimension})`}`
}

/** The one key that the subject's DID is; `undefined` for a DID that is no usable key. */
export function keyOfDid(did: Did): VerificationMethod | undefined {
  const document = didMethodOf(did) === 'jwk' ? resolveDidJwk(did) : resolveDidKey(did)
  return document.verified ? document.value.verificationMethods[0] : undefined
}
