import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, systemRandom } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import { createOwner } from '../../../src/issuer/create-owner.ts'
import { type DelegationWithOwner, issueDelegation } from '../../../src/issuer/issue-delegation.ts'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Outcome } from '../../../src/issuer/outcome.ts'
import type { DelegationParties } from '../../../src/issuer/plan-delegation.ts'
import type { Store, WriteContext } from '../../../src/issuer/ports.ts'
import type { Owner, Tenant } from '../../../src/issuer/records.ts'
import { buildGrant } from '../../../src/model/build-grant.ts'
import { DEFAULT_LEASE_SIZE } from '../../../src/model/status-list-entry.ts'
import { CleanUp } from '../../../src/server/clean-up.ts'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { type Initialized, initialize } from '../../../src/server/initialize.ts'
import { loadKeyEncryptionKeys } from '../../../src/server/keys/key-encryption-key.ts'
import { openKeyRing } from '../../../src/server/keys/key-ring.ts'
import { openIssuerStore } from '../../../src/server/open-store.ts'
import { makePerson, type Person } from '../../helpers/world.ts'
import { GRANTS } from '../verify/credentials.ts'

/** What every owner holds and every delegation grants: two entries, with a range and a one_of. */
export const ENTITLEMENTS: readonly JsonObject[] = GRANTS.map(buildGrant)

/** As the API makes them of a body that says nothing else. */
export const TERMS: JsonObject = {
  authorizationDetails: [...ENTITLEMENTS],
  maxDepth: 2,
  lifetimeSeconds: 86_400,
}

/** Where an issuer was set up. */
export interface BenchPlace {
  readonly dataDir: string
  readonly initialized: Initialized
  /** `postgres://…`, if not a file in `dataDir`. */
  readonly database?: string
}

/** Sets an issuer up in a directory of its own; {@link removePlace} takes it away. */
export async function makePlace(origin: string, database?: string): Promise<BenchPlace> {
  const dataDir = await mkdtemp(join(tmpdir(), 'procura-bench-'))
  const place = { dataDir, ...(database !== undefined && { database }) }
  return { ...place, initialized: await initialize({ ...place, tenant: 'acme', origin }) }
}

export async function removePlace({ dataDir }: BenchPlace): Promise<void> {
  await rm(dataDir, { recursive: true, force: true })
}

/** An issuer in this process, as the service opens it. */
export interface OpenIssuer {
  readonly issuer: Issuer
  readonly tenant: Tenant
  /** The order in which indexes are given depends on it. */
  readonly indexSecret: Uint8Array
  close(): Promise<void>
}

export async function openIssuer({
  dataDir,
  database,
}: Omit<BenchPlace, 'initialized'>): Promise<OpenIssuer> {
  const cleanUp = new CleanUp()
  const files = dataFiles(dataDir)
  const { store, origin } = await openIssuerStore({ files, database }, cleanUp)
  const keks = await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env: {} })
  let indexSecret = new Uint8Array()
  const unlock: Store['unlock'] = (tenant, secret) => {
    indexSecret = new Uint8Array(secret)
    return store.unlock(tenant, secret)
  }
  const keys = await openKeyRing({ store: { ...store, unlock }, ...keks })
  const [tenant] = await store.tenants()
  if (tenant === undefined) throw new Error('there is no tenant')
  const issuer = {
    store,
    keys,
    clock: systemClock,
    random: systemRandom,
    resolver: createDidResolver(),
    origin,
    instance: 'bench',
  }
  return { issuer, tenant, indexSecret, close: () => cleanUp.run() }
}

/** What a write of the administrator carries. */
export function adminContext({ initialized: { admin } }: Pick<BenchPlace, 'initialized'>): WriteContext {
  const principal = { tenant: 'acme', did: admin, role: 'admin' } as const
  return { principal, at: Date.now(), requestId: randomUUID() }
}

/** Somebody who may be given delegations. */
export interface Grantee {
  readonly parties: DelegationParties
  readonly person: Person
}

/** Owners with agents, each of whom may hold 32 delegations before a quota stands against more. */
export async function addGrantees(
  { issuer, tenant }: OpenIssuer,
  place: BenchPlace,
  { owners, agents }: { readonly owners: number; readonly agents: number },
): Promise<readonly Grantee[]> {
  const made = await Promise.all(Array.from({ length: owners }, () => addOwner(issuer, tenant, place)))
  const all = made.flatMap((owner) => Array.from({ length: agents / owners }, () => owner))
  return await Promise.all(all.map((owner) => addGrantee(issuer, { tenant, owner }, place)))
}

export async function addOwner(issuer: Issuer, tenant: Tenant, place: BenchPlace): Promise<Owner> {
  const request = {
    name: 'Payments',
    accountableName: 'Ada Lovelace',
    assurance: 'mfa',
    environment: tenant.environment,
    entitlements: ENTITLEMENTS,
    revokers: [],
  }
  return granted(await createOwner(issuer, tenant, request, adminContext(place))).owner
}

export async function addGrantee(
  { store }: Issuer,
  { tenant, owner }: Omit<DelegationParties, 'agent'>,
  place: BenchPlace,
): Promise<Grantee> {
  const person = await makePerson()
  const row = {
    tenant: tenant.id,
    id: `agt_${randomUUID()}`,
    ownerId: owner.id,
    did: person.did,
    name: 'Clerk',
    purpose: 'pays what was ordered',
    mode: 'delegated' as const,
  }
  const agent = granted(await store.createAgent(row, adminContext(place)))
  return { parties: { tenant, owner, agent }, person }
}

/** Issues link 1, as the route does, in this process. */
export async function issueTo(
  issuer: Issuer,
  place: BenchPlace,
  { parties }: Grantee,
  leaseSize: number = DEFAULT_LEASE_SIZE,
): Promise<DelegationWithOwner> {
  return granted(await issueDelegation(issuer, parties, { terms: TERMS, leaseSize }, adminContext(place)))
}

/** @throws {Error} for what was refused: nothing here should be. */
export function granted<T>(outcome: Outcome<T>): T {
  if (outcome.done) return outcome.value
  throw new Error(`the issuer refuses: ${JSON.stringify(outcome.refusal)}`)
}
