import { createUuidUrn } from '../core/uuid.ts'
import { joinChain } from '../delegation/join-chain.ts'
import { parseLink } from '../delegation/parse-link.ts'
import { checkAttenuation } from '../delegation/verify-chain.ts'
import { credentialToJson } from '../model/build-credential.ts'
import type { ParsedLink } from '../model/chain.ts'
import type { DelegationCredential, DerivedSubject, Lineage } from '../model/credential.ts'
import type { Did } from '../model/did.ts'
import { parseCredential } from '../model/parse-credential.ts'
import type { StatusEntry } from '../model/status-list-entry.ts'
import { accept, type Verdict } from '../refusal.ts'
import { type SignCredentialOptions, signCredential } from '../securing/sign-credential.ts'
import type { AgentContext } from './agent-context.ts'
import type { ChainFile } from './chain-file.ts'
import type { DelegateOptions } from './delegate-options.ts'
import { derivationError } from './derivation-error.ts'
import { type DerivationTerms, readTerms } from './derivation-terms.ts'
import { type Duration, parseDuration } from './duration.ts'
import type { HeldChain } from './held-chain.ts'
import { leasedEntries, leaseOf } from './index-ledger.ts'

/** A chain for someone else: the agent's own and one link more. `JSON.stringify` writes it as a chain file. */
export interface DelegatedChain extends ChainFile {
  /** Of the new credential: `urn:uuid:…`. */
  readonly id: string
  readonly subject: Did
  /** When it ends at the latest, in milliseconds since 1970. */
  readonly validUntil: number
  /** Where it can be revoked; absent if it is statusless. */
  readonly status?: StatusEntry
  toJSON(): ChainFile
}

/** What deriving is asked for: as a caller of `Agent.delegate` asks, and more. */
export interface DerivationRequest extends DelegateOptions {
  /** Id of the new credential, `urn:uuid:…`. Default: a fresh one. */
  readonly id?: string
  /** When it ends at the latest, in milliseconds since 1970. Default: with its lifetime. */
  readonly notAfter?: number
}

/** A released chain, and what it took to make it. */
export interface Derivation {
  readonly released: DelegatedChain
  /** Indexes that were taken; to be given back only if the chain never leaves this process. */
  readonly entries: readonly StatusEntry[]
  readonly lineage?: Lineage
}

/**
 * The chain to derive from: renewed before, when that is due and the link would outlive it otherwise.
 *
 * @throws {ProcuraError} `ERR_PROCURA_DELEGATION_ENDED`; `ERR_PROCURA_INVALID_ARGUMENT` for what is no lifetime.
 */
export function chainToDeriveFrom({ keeper, ports }: AgentContext, lifetime: Duration): Promise<HeldChain> {
  return keeper.usable(ports.clock() + parseDuration(lifetime, 'lifetime'))
}

/**
 * Derives a link from the last link of a chain, offline (docs/spec/02-chain.md "Links ≥ 2").
 *
 * In this order: try whether the credential would be accepted, record the status indexes as given away, sign, read
 * what was signed as a verifier will, release. A credential that is not released gives its indexes back.
 *
 * @throws {ProcuraError} As `Agent.delegate` says.
 */
export async function deriveChain(
  held: HeldChain,
  request: DerivationRequest,
  { keys, ledger, ports }: AgentContext,
): Promise<Derivation> {
  const terms = readTerms(held, request, ports.clock())
  const draft = draftOf(held, terms, request.id ?? createUuidUrn(ports.random))
  assertAcceptable(held, draftLink(held, place(draft, leasedEntries(leasesOf(held), terms.indexes))))
  const entries = await ledger.take(leasesOf(held), terms.indexes)
  const { mechanism = 'vc+jwt' } = request
  const { random } = ports
  try {
    const released = await release(held, place(draft, entries), { mechanism, signer: keys.of(held), random })
    const { lineage } = terms.subject
    return lineage === undefined ? { released, entries } : { released, entries, lineage }
  } catch (error) {
    ledger.giveBack(entries)
    throw error
  }
}

async function release(
  held: HeldChain,
  credential: DelegationCredential,
  securing: Omit<SignCredentialOptions, 'credential'>,
): Promise<DelegatedChain> {
  const text = await signCredential({ credential: credentialToJson(credential), ...securing })
  assertAcceptable(held, await parseLink(text))
  const chain = [...held.tokens, text]
  const { id, subject, validUntil, status } = credential
  const released = { chain, id, subject: subject.id, validUntil, toJSON: () => ({ chain }) }
  return status === undefined ? released : { ...released, status }
}

function draftOf(held: HeldChain, terms: DerivationTerms, id: string): DelegationCredential {
  const { credential: parent, digest } = held.own
  const subject: DerivedSubject = { ...terms.subject, parent: { id: parent.id, digest }, statusLease: [] }
  const { validFrom, validUntil } = terms
  return { type: 'DelegationCredential', id, issuer: parent.subject.id, validFrom, validUntil, subject }
}

/** The first index is the credential's own, the others are its subject's to give. */
function place(draft: DelegationCredential, entries: readonly StatusEntry[]): DelegationCredential {
  const [status, ...lease] = entries
  if (status === undefined) return draft
  return { ...draft, status, subject: { ...draft.subject, statusLease: leaseOf(lease) } }
}

function leasesOf(held: HeldChain): DelegationCredential['subject']['statusLease'] {
  return held.own.credential.subject.statusLease
}

/** The credential as it would be read once signed. */
function draftLink(held: HeldChain, draft: DelegationCredential): Verdict<ParsedLink> {
  const credential = parseCredential(credentialToJson(draft))
  return credential.verified ? accept({ ...held.own, credential: credential.value, digest: '' }) : credential
}

function assertAcceptable(held: HeldChain, link: Verdict<ParsedLink>): void {
  if (!link.verified) throw derivationError(link.refusal)
  const joined = joinChain([...held.links, link.value])
  if (!joined.verified) throw derivationError(joined.refusal)
  const attenuated = checkAttenuation(joined.value)
  if (!attenuated.verified) throw derivationError(attenuated.refusal)
}
