import { ProcuraError } from '../errors.ts'
import type { Signer } from '../model/signer.ts'
import type { Refused } from '../refusal.ts'
import { STATUS_LIST_ENTRIES } from '../status/bitstring.ts'
import type { IssuedCredential } from './issued-credential.ts'
import type { Issuer } from './issuer.ts'
import { lint } from './lint.ts'
import { type Outcome, refused } from './outcome.ts'
import type { Agent, Owner, Tenant, WriteContext } from './ports.ts'
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
  },
): { readonly code: 'invalid_terms'; readonly member: string } | undefined {
  const lease = Array.from({ length: planned.leaseSize }, (_, i) => STATUS_LIST_ENTRIES - 1 - i)
  const credential = { ...planned, position: UNALLOCATED, lease }
  const linted = lint({ origin: issuer.origin, ...parties, credential })
  return linted.verified ? undefined : invalidTerms(linted)
}

/**
 * The second half of issuing: what is planned, and so recorded, is linted, signed, verified, recorded and only then
 * released. Interrupted anywhere, it can be repeated: the plan stays, and one plan gives one credential.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when a recorded row makes no credential: it was not written by us.
 */
export async function completeCredential(
  issuer: Issuer,
  parties: Parties,
  planned: IssuedCredential,
  context: WriteContext,
): Promise<Outcome<IssuedCredential>> {
  const linted = lint({ origin: issuer.origin, ...parties, credential: planned })
  if (!linted.verified) {
    throw new ProcuraError(
      'ERR_PROCURA_STORAGE',
      'a recorded plan does not make a credential; run procura fsck',
    )
  }
  const signer = await signerFor(issuer, parties)
  if (signer === undefined) return refused({ code: 'conflict', reason: 'owner_offboarded' })
  const jwt = await signCredential(linted.value, signer)
  const { tenant, id, validUntil } = planned
  return await issuer.store.recordCredential({ tenant, id, validUntil, jwt }, context)
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
    if ((await store.owner(tenant.id, owner.id))?.state === 'offboarded') return undefined
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
