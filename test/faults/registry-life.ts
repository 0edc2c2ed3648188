import { randomUUID } from 'node:crypto'
import type { CredentialPlan, IssuedCredential } from '../../src/issuer/issued-credential.ts'
import type { Store, WriteContext, Written } from '../../src/issuer/ports.ts'
import type { Agent, Owner, Run } from '../../src/issuer/records.ts'
import type { Did } from '../../src/model/did.ts'
import { openPostgresStore } from '../../src/server/store/postgres/open-postgres-store.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open-sqlite-store.ts'

/** The one tenant of these registries. Nothing opens its keys: what is signed here is nobody's. */
export const TENANT = 'acme'

const DAY_MS = 86_400_000
const KEYS = ['authority', 'status', 'audit'] as const

/** High enough that no quota stands in the way of a race. */
const LEASE_QUOTA = 1_000_000

/** Opens the registry in a file or at a `postgres://…`, ready to issue; makes it when it is new. */
export async function openRegistry(database: string): Promise<Store> {
  const options = { leaseQuotaPerAgent: LEASE_QUOTA, leaseQuotaPerOwner: LEASE_QUOTA }
  const store = database.startsWith('postgres:')
    ? await openPostgresStore({ url: database, ...options })
    : await openSqliteStore({ file: database, ...options })
  await openTenant(store)
  return store
}

/** Makes the store ready to issue. */
export async function openTenant(store: Store): Promise<void> {
  if ((await store.tenant(TENANT)) === undefined) await createTenant(store)
  await store.unlock(TENANT, new Uint8Array(32).fill(7))
}

async function createTenant(store: Store): Promise<void> {
  const tenant = { id: TENANT, name: 'Acme', environment: 'production', createdAt: Date.now() }
  const keys = KEYS.map((use) => ({
    tenant: TENANT,
    id: keyOf(use),
    use,
    did: didOf(use),
    wrapped: new Uint8Array(40),
    createdAt: tenant.createdAt,
  }))
  const { createdAt } = tenant
  const dataKey = {
    tenant: TENANT,
    id: 'dek_1',
    use: 'data-encryption',
    wrapped: new Uint8Array(40),
    createdAt,
  } as const
  const dids = { authority: didOf('authority'), statusIssuer: didOf('status') }
  await store.createTenant({ ...tenant, ...dids }, 'did:key:zAdmin', [dataKey, ...keys])
}

function didOf(name: string): Did {
  return `did:key:z${name}`
}

function keyOf(use: (typeof KEYS)[number]): string {
  return `${didOf(use)}#1`
}

export function newContext(): WriteContext {
  const principal = { tenant: TENANT, did: 'did:key:zAdmin', role: 'admin' } as const
  return { principal, at: Date.now(), requestId: randomUUID() }
}

/** @throws {Error} with the refusal when it was not done. */
export async function done<T>(written: Promise<Written<T>>): Promise<T> {
  const result = await written
  if (!result.done) throw new Error(JSON.stringify(result.refusal))
  return result.value
}

export function addOwner(store: Store): Promise<Owner> {
  const id = `own_${randomUUID()}`
  const person = {
    name: 'Ada',
    accountable: `urn:uuid:${id}`,
    accountableName: 'Ada Lovelace',
    assurance: 'mfa',
  }
  const input = { tenant: TENANT, id, did: didOf(id), environment: 'production', ...person }
  return done(store.createOwner({ ...input, entitlements: [], revokers: [] }, newContext()))
}

export function addAgent(store: Store, ownerId: string): Promise<Agent> {
  const id = `agt_${randomUUID()}`
  const input = { tenant: TENANT, id, ownerId, did: didOf(id), name: 'a', purpose: 'p' }
  return done(store.createAgent({ ...input, mode: 'delegated' }, newContext()))
}

export interface Whose {
  readonly owner: Pick<Owner, 'id' | 'version'>
  readonly agent?: Pick<Agent, 'id'>
}

/** Plans a credential and records it as signed, with what the rows say in between. */
export async function issue(
  store: Store,
  whose: Whose,
  changes?: Partial<CredentialPlan>,
): Promise<IssuedCredential> {
  return await recordSigned(store, await plan(store, whose, changes))
}

export function plan(
  store: Store,
  { owner, agent }: Whose,
  changes: Partial<CredentialPlan> = {},
): Promise<IssuedCredential> {
  const validFrom = Date.now()
  const who =
    agent === undefined ? ({ kind: 'owner' } as const) : ({ kind: 'agent', agentId: agent.id } as const)
  const about = { tenant: TENANT, id: `urn:uuid:${randomUUID()}`, ownerId: owner.id, ...who, terms: {} }
  const times = { validFrom, validUntil: validFrom + DAY_MS }
  const planned = { ...about, ...times, ownerVersion: owner.version, leaseSize: 0, ...changes }
  return done(store.planCredential(planned, newContext()))
}

/** Prolongs a delegation, with two more leased indexes. */
export async function renew(store: Store, delegation: IssuedCredential): Promise<IssuedCredential> {
  const { tenant, id, validUntil, lease } = delegation
  const times = { previousValidUntil: validUntil, validFrom: Date.now(), validUntil: validUntil + DAY_MS }
  const planned = await done(
    store.planRenewal({ tenant, id, leaseSize: lease.length + 2, ...times }, newContext()),
  )
  return await recordSigned(store, planned)
}

export async function recordSigned(
  store: Store,
  planned: IssuedCredential,
  text: string = `text of ${planned.id} until ${planned.validUntil}`,
): Promise<IssuedCredential> {
  const { tenant, id, validUntil, ownerId, agentId = '' } = planned
  const [owner, agent] = await Promise.all([store.owner(tenant, ownerId), store.agent(tenant, agentId)])
  const about = { ownerDid: owner?.did ?? didOf('nobody'), ownerVersion: owner?.version ?? 0 }
  const signed = { tenant, id, validUntil, mechanism: 'vc+jwt', text, keyId: keyOf('authority') } as const
  const whole = { ...signed, about: agent === undefined ? about : { ...about, agentDid: agent.did } }
  return await done(store.recordCredential(whole, newContext()))
}

export function registerRun(store: Store, delegation: IssuedCredential, nth: number): Promise<Run> {
  const id = `urn:uuid:${randomUUID()}`
  const position = { list: delegation.position.list, index: delegation.lease[nth] ?? -1 }
  const parents = { delegationId: delegation.id, parentId: delegation.id, lineage: { run: id } }
  const run = { tenant: TENANT, id, kind: 'Run', subject: didOf(id), state: 'active' } as const
  const times = { validUntil: Date.now() + 900_000, createdAt: Date.now() }
  return done(store.registerRun({ ...run, position, ...parents, ...times }, newContext()))
}

/** Another name for an owner, as if it were narrower: the credential in force is revoked with it. */
export function narrow(store: Store, owner: Owner): Promise<Owner> {
  const { id, version } = owner
  const update = { id, version, to: { ...owner, name: 'Grace' }, changed: ['entitlements'], replaces: true }
  return done(store.updateOwner(update, newContext()))
}

export function rotateOwner(store: Store, id: string): Promise<Owner> {
  return done(store.rotateOwnerKey(rotation(id), newContext()))
}

export function rotateAgent(store: Store, id: string): Promise<Agent> {
  return done(store.rotateAgentKey(rotation(id), newContext()))
}

function rotation(id: string) {
  return { id, did: didOf(randomUUID()), endsAt: Date.now() + DAY_MS }
}
