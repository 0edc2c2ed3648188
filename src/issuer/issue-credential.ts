import { parseLink } from '../delegation/parse-link.ts'
import { ProcuraError } from '../errors.ts'
import { credentialToJson } from '../model/build-credential.ts'
import type { Mechanism } from '../model/chain.ts'
import type { ChainCredential } from '../model/credential.ts'
import type { Signer } from '../model/signer.ts'
import type { Refused } from '../refusal.ts'
import { STATUS_LIST_ENTRIES } from '../status/bitstring.ts'
import {
  anyForm,
  DEFAULT_MECHANISM,
  formOf,
  type IssuedCredential,
  type SignedAbout,
  type SignedCredential,
} from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { lint } from './lint.ts'
import { done, type Outcome, refused } from './outcome.ts'
import type { WriteContext } from './ports.ts'
import type { Agent, Owner, Tenant } from './records.ts'
import { signCredential } from './sign-credential.ts'

/** Whose credential it is: with an agent, link 1 signed by the owner's key; without, link 0 by the authority's. */
export interface Parties {
  readonly tenant: Tenant
  readonly owner: Owner
  readonly agent?: Agent
}

/** A position that no list has to have, for linting before anything is allocated. */
const UNALLOCATED = { list: 1, index: 0 }

/**
 * Tries whether the credential could be signed, before an index is allocated: the longest lease counts.
 *
 * @returns The refusal, or `undefined`.
 */
export function preflight(
  issuer: Issuer,
  parties: Parties,
  planned: Pick<IssuedCredential, 'id' | 'terms' | 'validFrom' | 'validUntil'> & {
    readonly leaseSize: number
    readonly mechanism: Mechanism
  },
): { readonly code: 'invalid_terms'; readonly member: string } | undefined {
  const lease = Array.from({ length: planned.leaseSize }, (_, i) => STATUS_LIST_ENTRIES - 1 - i)
  const credential = { ...planned, position: UNALLOCATED, lease }
  const linted = lint({ origin: issuer.origin, ...parties, credential }, planned.mechanism)
  return linted.verified ? undefined : invalidTerms(linted)
}

/** What is to be signed, and in which form. */
export interface Signing {
  /** As recorded. */
  readonly credential: IssuedCredential
  readonly wanted: Mechanism
}

/**
 * The second half of issuing: what is planned, and so recorded, is linted, signed, verified, recorded and only then
 * released. Interrupted anywhere, it can be repeated: the plan stays, and one plan gives one text in each form.
 *
 * @returns `invalid_terms` when the credential is too large for the form that is wanted.
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when a recorded row makes no credential: it was not written by us.
 */
export async function completeCredential(
  issuer: Issuer,
  parties: Parties,
  signing: Signing,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const signed = await sign(issuer, parties, signing)
  return signed.done ? await issuer.store.recordCredential(signed.value, context) : signed
}

/**
 * The credential with a text in the form that is wanted. A version that has none gets one: signed like the first,
 * recorded and audited like the first, and saying the same as the first.
 *
 * @returns `changed_meanwhile` when the rows say more by now than what was released; a renewal says it in every form.
 */
export async function inForm(
  issuer: Issuer,
  parties: Parties,
  { credential, wanted }: Signing,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  if (formOf(credential, wanted) !== undefined) return done(credential)
  const released = await readReleased(credential)
  if (released === undefined)
    return await completeCredential(issuer, parties, { credential, wanted }, context)
  const lease = leaseOf(released)
  const signed = await sign(issuer, parties, { credential: { ...credential, lease }, wanted })
  if (!signed.done) return signed
  const further = await parseLink(signed.value.text)
  if (!further.verified || !saysTheSame(further.value.credential, released)) {
    return refused({ code: 'conflict', reason: 'changed_meanwhile' })
  }
  return await issuer.store.recordCredential(signed.value, context)
}

/** What the present version says, as released; `undefined` when nothing was. */
export async function readReleased(credential: IssuedCredential): Promise<ChainCredential | undefined> {
  const text = anyForm(credential)
  const link = text === undefined ? undefined : await parseLink(text)
  return link?.verified === true ? link.value.credential : undefined
}

/** The leased indexes of a credential. The row has more when a renewal was interrupted. */
export function leaseOf({ subject }: ChainCredential): readonly number[] {
  return subject.statusLease.flatMap(({ indexes }) => indexes)
}

export function saysTheSame(a: ChainCredential, b: ChainCredential): boolean {
  return JSON.stringify(credentialToJson(a)) === JSON.stringify(credentialToJson(b))
}

async function sign(
  issuer: Issuer,
  parties: Parties,
  { credential, wanted }: Signing,
): Promise<Outcome<SignedCredential>> {
  const linted = lint({ origin: issuer.origin, ...parties, credential }, wanted)
  if (!linted.verified) return tooLargeFor(wanted, linted)
  const signer = await signerFor(issuer, parties)
  if (signer === undefined) return refused({ code: 'conflict', reason: 'owner_offboarded' })
  const { tenant, id, validUntil } = credential
  const signed = await signCredential(linted.value, { ...issuer, signer, wanted })
  return done({ tenant, id, validUntil, ...signed, about: aboutOf(parties) })
}

function aboutOf({ owner, agent }: Parties): SignedAbout {
  const about = { ownerDid: owner.did, ownerVersion: owner.version }
  return agent === undefined ? about : { ...about, agentDid: agent.did }
}

/** Every plan fits the form that it was made for, not every other form. */
function tooLargeFor<T>(wanted: Mechanism, { refusal }: Refused): Outcome<T> {
  if (refusal.code === 'limit_exceeded' && wanted !== DEFAULT_MECHANISM) {
    return refused({ code: 'invalid_terms', member: 'mechanism' })
  }
  throw new ProcuraError(
    'ERR_PROCURA_STORAGE',
    'a recorded plan does not make a credential; run procura fsck',
  )
}

/** `undefined` when the owner was offboarded meanwhile: the custody key is destroyed with the owner. */
async function signerFor(
  { keys, store }: Issuer,
  { tenant, owner, agent }: Parties,
): Promise<Signer | undefined> {
  if (agent === undefined) return await keys.authority(tenant.id)
  try {
    return await keys.owner(tenant.id, owner.did)
  } catch (error) {
    const isGone = error instanceof ProcuraError && error.code === 'ERR_PROCURA_INVALID_KEY'
    if (isGone && (await store.owner(tenant.id, owner.id))?.state === 'offboarded') return undefined
    throw error
  }
}

/** What a parser says of a request: which member cannot be. */
export function invalidTerms({ refusal }: Refused): {
  readonly code: 'invalid_terms'
  readonly member: string
} {
  return { code: 'invalid_terms', member: refusal.dimension ?? 'authorizationDetails' }
}
