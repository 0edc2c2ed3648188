import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import type { NewDelivery, NewSubscription } from '../../../src/issuer/delivery-store.ts'
import type { NewEnrolment } from '../../../src/issuer/enrolment-store.ts'
import type {
  CredentialPlan,
  IssuedCredential,
  SignedCredential,
} from '../../../src/issuer/issued-credential.ts'
import type { RotatableUse } from '../../../src/issuer/key-store.ts'
import type { Store, WriteContext, Written } from '../../../src/issuer/ports.ts'
import type { Agent, Owner, Principal, Run, WrappedKey } from '../../../src/issuer/records.ts'
import type { Transmitter } from '../../../src/issuer/signal-store.ts'
import type { Did } from '../../../src/model/did.ts'
import { openPostgresStore } from '../../../src/server/store/postgres/open-postgres-store.ts'
import { READS, WRITES } from '../../../src/server/store/sql/calls.ts'
import { errorOf, faultOf } from '../../../src/server/store/sql/fault.ts'
import { type LeaseQuotas, leaseQuotas } from '../../../src/server/store/sql/session.ts'
import { FileReader } from '../../../src/server/store/sqlite/file-reader.ts'
import { FileWriter } from '../../../src/server/store/sqlite/file-writer.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'
import { changesSliceOf, encodeChanges } from '../../../src/status/changes.ts'
import { ROLE } from '../../helpers/postgres.ts'
import { TEMPLATE } from '../../helpers/postgres-setup.ts'

export const NOW = Date.UTC(2026, 10, 22, 9)
export const DAY = 86_400_000
export const ADMIN = { tenant: 'acme', did: 'did:key:zAdmin', role: 'admin' } as const satisfies Principal

let serial = 0

/** A number that no other fixture of this file has. */
function next(): number {
  return ++serial
}

/** Where a store may be, in the kind of database that these tests run on: a URL, or a path that nothing is at. */
export async function temporaryDatabase(): Promise<string> {
  const port = inject('postgresPort')
  return port === undefined ? await temporaryFile() : await temporaryUrl(port)
}

export async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-store-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'procura.db')
}

async function temporaryUrl(port: number): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = `postgres://postgres@127.0.0.1:${port}`
  await administer(admin, `CREATE DATABASE ${name} OWNER ${ROLE} TEMPLATE ${TEMPLATE}`)
  onTestFinished(() => administer(admin, `DROP DATABASE ${name} WITH (FORCE)`))
  return `postgres://${ROLE}@127.0.0.1:${port}/${name}`
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client(`${url}/postgres`)
  await client.connect()
  await client.query(sql)
  await client.end()
}

export interface StoreOptions extends Partial<LeaseQuotas> {
  /** Path or URL; default a new one. */
  readonly database?: string
}

/** A store as the service opens it, in a database of its own, closed when the test ends. */
export async function openStore({ database, ...options }: StoreOptions = {}): Promise<Store> {
  const store = await openDatabase(database ?? (await temporaryDatabase()), options)
  onTestFinished(() => store.close())
  return store
}

/** Opens what {@link temporaryDatabase} has named. */
export function openDatabase(database: string, options: Omit<StoreOptions, 'database'> = {}): Promise<Store> {
  return isUrl(database)
    ? openPostgresStore({ url: database, ...options })
    : openSqliteStore({ file: database, ...options })
}

/** Whether a server keeps it, which several processes may use at once. */
export function isUrl(database: string): boolean {
  return database.startsWith('postgres:')
}

/**
 * The commands and queries of the embedded store without its threads, which need a while to start: for tests of what a command
 * does. Arguments and answers are cloned, as between threads.
 */
export async function openUnthreaded(options: StoreOptions = {}): Promise<Store> {
  const file = options.database ?? (await temporaryDatabase())
  if (isUrl(file)) return await openStore({ ...options, database: file })
  const writer = await FileWriter.open({ file, ...leaseQuotas(options) })
  const reader = new FileReader(file)
  const open = [reader, writer]
  const listeners = new Set<(tenant: string) => void>()
  const methods = (names: readonly string[], work: FileWriter | FileReader) =>
    names.map((name) => [name, async (...args: unknown[]) => answer(work, name, args, listeners)])
  const store = {
    ...Object.fromEntries([...methods(READS, reader), ...methods(WRITES, writer)]),
    onStatusChange(listener: (tenant: string) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isAway: () => false,
    async close() {
      for (const work of open.splice(0)) work.close()
    },
  } as Store
  onTestFinished(() => store.close())
  return store
}

async function answer(
  work: FileWriter | FileReader,
  name: string,
  args: readonly unknown[],
  listeners: Iterable<(tenant: string) => void>,
): Promise<unknown> {
  const { answers, changed } = await work.answer([{ id: 1, name, args: structuredClone(args) }])
  if (work instanceof FileWriter) await work.tidy(true)
  for (const tenant of changed) for (const listener of listeners) listener(tenant)
  const [first] = answers
  if (first === undefined || 'fault' in first) throw errorOf(first?.fault ?? faultOf('no answer'))
  return structuredClone(first.value)
}

/** The secret of a tenant is 32 times one byte; any test may open the file again with it. */
export const INDEX_SECRET: Uint8Array = new Uint8Array(32).fill(7)

/** An open store with one tenant, `acme` unless named, ready to issue. */
export async function openTenant(options: StoreOptions = {}): Promise<Store> {
  const store = await openUnthreaded(options)
  await addTenant(store, 'acme', ADMIN.did)
  return store
}

export async function addTenant(store: Store, id: string, admin: Did): Promise<void> {
  const tenant = { id, name: id, environment: 'production', createdAt: NOW }
  await store.createTenant(
    { ...tenant, authority: `did:key:zAuthority-${id}`, statusIssuer: `did:key:zStatus-${id}` },
    admin,
    [dataKey(id), signingKey('authority', id), signingKey('status', id), signingKey('audit', id)],
  )
  await store.unlock(id, INDEX_SECRET)
}

function dataKey(tenant: string): WrappedKey {
  const id = `dek_${tenant}`
  return { tenant, id, use: 'data-encryption', wrapped: new Uint8Array(40).fill(1), createdAt: NOW }
}

/** A key that was never made, active; nothing in the store opens it. */
export function signingKey(
  use: RotatableUse,
  tenant = 'acme',
  changes: Partial<WrappedKey> = {},
): WrappedKey {
  const did: Did = `did:key:z${use}-${tenant}`
  return { tenant, id: `${did}#1`, use, did, wrapped: new Uint8Array(40).fill(1), createdAt: NOW, ...changes }
}

/** With what the fixtures' credentials and lists of `acme` are signed. */
export const AUTHORITY_KEY: string = signingKey('authority').id
/** A slice in which nothing changed. */
export const NO_CHANGES = { slice: changesSliceOf(NOW), body: encodeChanges(changesSliceOf(NOW), []) }

export const STATUS_KEY: string = signingKey('status').id

export function context(changes: Partial<WriteContext> = {}): WriteContext {
  return { principal: ADMIN, at: NOW, requestId: `req-${next()}`, ...changes }
}

/** The value of a write that was done. Anything else fails the test with the refusal. */
export async function ok<T>(written: Promise<Written<T>>): Promise<T> {
  const result = await written
  if (!result.done) throw new Error(`refused: ${JSON.stringify(result.refusal)}`)
  return result.value
}

/** The refusal of a write, as `code` or `code reason`; `done` when it was not refused. */
export async function refusal(written: Promise<Written<unknown>>): Promise<string> {
  const result = await written
  if (result.done) return 'done'
  return 'reason' in result.refusal ? `${result.refusal.code} ${result.refusal.reason}` : result.refusal.code
}

export function newOwner(changes: object = {}) {
  const n = next()
  return {
    tenant: 'acme',
    id: `own_${n}`,
    did: `did:key:zOwner${n}` as Did,
    name: 'Support',
    accountable: `urn:uuid:accountable-${n}`,
    accountableName: 'Ada Lovelace',
    assurance: 'mfa',
    environment: 'production',
    entitlements: [{ type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }],
    revokers: [],
    ...changes,
  }
}

export function newAgent(owner: Owner, changes: object = {}) {
  const n = next()
  return {
    tenant: owner.tenant,
    id: `agt_${n}`,
    ownerId: owner.id,
    did: `did:key:zAgent${n}` as Did,
    name: 'Triage',
    purpose: 'sorts mail',
    mode: 'delegated' as const,
    ...changes,
  }
}

export function newPlan(owner: Owner, agent?: Agent, changes: Partial<CredentialPlan> = {}): CredentialPlan {
  return {
    tenant: owner.tenant,
    id: `urn:uuid:credential-${next()}`,
    ownerId: owner.id,
    ...(agent === undefined ? { kind: 'owner' } : { kind: 'agent', agentId: agent.id }),
    ownerVersion: owner.version,
    leaseSize: agent === undefined ? 0 : 8,
    terms: { lifetimeSeconds: 86_400 },
    validFrom: NOW,
    validUntil: NOW + DAY,
    ...changes,
  }
}

export async function addOwner(store: Store, changes: object = {}, by = context()): Promise<Owner> {
  return ok(store.createOwner(newOwner(changes), by))
}

export async function addAgent(
  store: Store,
  owner: Owner,
  changes: object = {},
  by = context(),
): Promise<Agent> {
  return ok(store.createAgent(newAgent(owner, changes), by))
}

/** Plans and records, as the issuer does. */
export async function issue(
  store: Store,
  plan: CredentialPlan,
  by: WriteContext = context(),
): Promise<IssuedCredential> {
  const { tenant, id, validUntil } = await ok(store.planCredential(plan, by))
  return ok(recordText(store, { tenant, id, validUntil, mechanism: 'vc+jwt', text: `jwt of ${id}` }, by))
}

/** Records a text that was made of the rows as they are now. */
export async function recordText(
  store: Store,
  signed: Omit<SignedCredential, 'about' | 'keyId'> & Partial<SignedCredential>,
  by: WriteContext,
): Promise<Written<IssuedCredential>> {
  const credential = await store.credential(signed.tenant, signed.id)
  const owner = await store.owner(signed.tenant, credential?.ownerId ?? '')
  const agent = await store.agent(signed.tenant, credential?.agentId ?? '')
  const about = { ownerDid: owner?.did ?? 'did:key:zNobody', ownerVersion: owner?.version ?? 0 } as const
  const keyId = signingKey('authority', signed.tenant).id
  return store.recordCredential(
    { keyId, about: agent === undefined ? about : { ...about, agentDid: agent.did }, ...signed },
    by,
  )
}

/** An owner with its credential, an agent and one delegation. */
export async function addDelegation(store: Store, changes: Partial<CredentialPlan> = {}) {
  const owner = await addOwner(store)
  const ownerCredential = await issue(store, newPlan(owner))
  const agent = await addAgent(store, owner)
  const delegation = await issue(store, newPlan(owner, agent, changes))
  return { owner, ownerCredential, agent, delegation }
}

/** A run under the `nth` leased index of a delegation. */
export function newRun(delegation: IssuedCredential, nth = 0, changes: Partial<Run> = {}): Run {
  const n = next()
  return {
    tenant: delegation.tenant,
    id: `urn:uuid:run-${n}`,
    kind: 'Run',
    delegationId: delegation.id,
    parentId: delegation.id,
    subject: `did:key:zRun${n}`,
    position: { list: delegation.position.list, index: delegation.lease[nth] ?? -1 },
    lineage: { run: `run-${n}` },
    state: 'active',
    validUntil: NOW + 900_000,
    createdAt: NOW,
    ...changes,
  }
}

/** Whether a status bit stands in what the publisher would be given. Every list of these tests is unpublished. */
export async function bit(
  store: Store,
  purpose: 'revocation' | 'suspension',
  position: { readonly list: number; readonly index: number },
  tenant = 'acme',
): Promise<boolean> {
  const lists = await store.dirtyLists(tenant, Number.MAX_SAFE_INTEGER)
  const content = lists.find((list) => list.list === position.list && list.purpose === purpose)
  const byte = content?.bits[Math.floor(position.index / 8)]
  if (byte === undefined) throw new Error('no such list or index')
  return (byte & (0x80 >> (position.index % 8))) !== 0
}

/** A place for an agent of this owner, for the ticket `enrolment-…`. */
export function newEnrolment(owner: Owner, changes: Partial<NewEnrolment> = {}): NewEnrolment {
  const number = next()
  const agent = { id: `agt_enrolled_${number}`, ownerId: owner.id, name: 'Triage', purpose: 'sorts mail' }
  return {
    tenant: owner.tenant,
    id: `enr_${number}`,
    agent: { ...agent, mode: 'delegated' },
    expiresAt: NOW + 900_000,
    ticketDigest: String(number).padStart(43, 'd'),
    ...changes,
  }
}

/** A key that is nobody's yet. */
export function newcomer(did: Did, changes: Partial<WriteContext> = {}): WriteContext {
  return context({ principal: { tenant: 'acme', did, role: 'agent' }, ...changes })
}

/** A webhook that wants to know of what ends an agent. */
export function newSubscription(changes: Partial<NewSubscription> = {}): NewSubscription {
  return {
    tenant: 'acme',
    id: `whk_${next()}`,
    kind: 'webhook',
    endpoint: 'https://receiver.example/hook?secret=1',
    types: ['agent.revoked'],
    settings: {},
    limit: 3,
    ...changes,
  }
}

/** An event for a subscription, about agent `agt_1` unless it is told. */
export function newDelivery(subscriptionId: string, changes: Partial<NewDelivery> = {}): NewDelivery {
  const eventId = `evt_${next()}`
  return {
    subscriptionId,
    eventId,
    type: 'agent.revoked',
    subject: 'agt_1',
    payload: { id: eventId },
    ...changes,
  }
}

/** An identity provider that tells of accounts. */
export function newTransmitter(changes: Partial<Transmitter> = {}): Transmitter {
  return {
    tenant: 'acme',
    id: 'trm_1',
    issuer: 'https://login.example',
    subjectIssuer: 'https://login.example',
    audience: 'https://id.example/signals',
    algorithm: 'RS256',
    lifts: false,
    createdAt: NOW,
    ...changes,
  }
}
