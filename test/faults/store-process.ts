/*
 * A process that opens the store of its first argument and changes it as fast as it can, in many lanes, and writes a
 * line for each change that was acknowledged, at once. Started, starved and killed by the store-*.test.ts beside it.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, rmSync, writeSync } from 'node:fs'
import type { IssuedCredential, SignedAbout } from '../../src/issuer/issued-credential.ts'
import type { Store, WriteContext, Written } from '../../src/issuer/ports.ts'
import type { Did } from '../../src/model/did.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open-sqlite-store.ts'

const LANES = 16
const DAY_MS = 86_400_000
const [file = '', ballast] = process.argv.slice(2)

/** What the parent reads. Written synchronously, so that a line never waits in a buffer that dies with us. */
function tell(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

function context(): WriteContext {
  const principal = { tenant: 'acme', did: 'did:key:zAdmin', role: 'admin' } as const
  return { principal, at: Date.now(), requestId: randomUUID() }
}

/** Tells of what was acknowledged. @throws when it was refused, or failed. */
async function acknowledged<T extends object>(what: string, written: Promise<Written<T>>): Promise<T> {
  const result = await written
  if (!result.done) throw new Error(JSON.stringify(result.refusal))
  tell({ what, ...pick(result.value) })
  return result.value
}

function pick(value: object): object {
  const { id, position, lease, state, ownerId, cascadeId } = value as Partial<IssuedCredential> & {
    cascadeId?: string
  }
  return { id, position, lease, state, ownerId, cascadeId }
}

/** A key that nothing opens. */
const AUTHORITY_KEY = {
  tenant: 'acme',
  id: 'did:key:zAuthority#1',
  use: 'authority',
  did: 'did:key:zAuthority',
  wrapped: new Uint8Array(40),
  createdAt: 0,
} as const

const OTHER_KEYS = (['status', 'audit'] as const).map((use) => ({
  ...AUTHORITY_KEY,
  id: `did:key:z${use}#1`,
  use,
  did: `did:key:z${use}` as const,
}))

const DATA_KEY = {
  tenant: 'acme',
  id: 'dek_1',
  use: 'data-encryption',
  wrapped: new Uint8Array(40),
  createdAt: 0,
} as const

async function openTenant(store: Store): Promise<void> {
  const tenant = { id: 'acme', name: 'Acme', environment: 'production', createdAt: Date.now() }
  const keys = { authority: 'did:key:zAuthority', statusIssuer: 'did:key:zStatus' } as const
  if ((await store.tenant('acme')) === undefined)
    await store.createTenant({ ...tenant, ...keys }, 'did:key:zAdmin', [
      DATA_KEY,
      AUTHORITY_KEY,
      ...OTHER_KEYS,
    ])
  await store.unlock('acme', new Uint8Array(32).fill(7))
}

async function newOwner(store: Store) {
  const id = `own_${randomUUID()}`
  const person = {
    name: 'Ada',
    accountable: `urn:uuid:${id}`,
    accountableName: 'Ada Lovelace',
    assurance: 'mfa',
  }
  const input = { tenant: 'acme', id, did: `did:key:z${id}` as Did, environment: 'production', ...person }
  return acknowledged('owner', store.createOwner({ ...input, entitlements: [], revokers: [] }, context()))
}

async function newAgent(store: Store, ownerId: string) {
  const id = `agt_${randomUUID()}`
  const input = { tenant: 'acme', id, ownerId, did: `did:key:z${id}` as Did, name: 'a', purpose: 'p' }
  return acknowledged('agent', store.createAgent({ ...input, mode: 'delegated' }, context()))
}

async function issue(store: Store, ownerId: string, agentId?: string): Promise<IssuedCredential> {
  const validFrom = Date.now()
  const who = agentId === undefined ? ({ kind: 'owner' } as const) : ({ kind: 'agent', agentId } as const)
  const plan = { tenant: 'acme', id: `urn:uuid:${randomUUID()}`, ownerId, ownerVersion: 1, terms: {}, ...who }
  const times = { validFrom, validUntil: validFrom + DAY_MS }
  const { id, validUntil } = await acknowledged(
    'plan',
    store.planCredential({ ...plan, ...times, leaseSize: agentId === undefined ? 0 : 8 }, context()),
  )
  const about = await aboutOf(store, ownerId, agentId)
  const text = 'j'.repeat(1_500)
  const { id: keyId } = AUTHORITY_KEY
  const signed = { tenant: 'acme', id, validUntil, mechanism: 'vc+jwt', text, about, keyId } as const
  return acknowledged('credential', store.recordCredential(signed, context()))
}

async function aboutOf(store: Store, ownerId: string, agentId = ''): Promise<SignedAbout> {
  const owner = await store.owner('acme', ownerId)
  const agent = await store.agent('acme', agentId)
  if (owner === undefined) throw new Error('no such owner')
  const about = { ownerDid: owner.did, ownerVersion: owner.version }
  return agent === undefined ? about : { ...about, agentDid: agent.did }
}

async function registerRun(store: Store, delegation: IssuedCredential, nth: number) {
  const id = `urn:uuid:${randomUUID()}`
  const position = { list: delegation.position.list, index: delegation.lease[nth] ?? -1 }
  const parents = { delegationId: delegation.id, parentId: delegation.id, lineage: { run: id } }
  const run = { tenant: 'acme', id, kind: 'Run', subject: `did:key:z${id}`, state: 'active' } as const
  const times = { validUntil: Date.now() + 900_000, createdAt: Date.now() }
  return acknowledged('run', store.registerRun({ ...run, position, ...parents, ...times }, context()))
}

/** One owner's life, with everything that can be acknowledged in it. */
async function live(store: Store): Promise<void> {
  const owner = await newOwner(store)
  await issue(store, owner.id)
  const [agent, other] = [await newAgent(store, owner.id), await newAgent(store, owner.id)]
  const [first, second] = await Promise.all([
    issue(store, owner.id, agent.id),
    issue(store, owner.id, other.id),
  ])
  const [run, done] = await Promise.all([registerRun(store, first, 0), registerRun(store, first, 1)])
  await acknowledged('complete', store.completeRun(done.id, context()))
  const leased = { list: second.position.list, index: second.lease[3] ?? -1 }
  await store.revokeLease(leased, 'r', undefined, context())
  tell({ what: 'lease', position: leased })
  await store.placeHold({ kind: 'agent', id: other.id }, 'admin', 'r', context())
  const ending = [
    () => acknowledged('revoke', store.revokeDelegation(second.id, 'r', context())),
    () => acknowledged('end', store.revokeRun(run.id, 'r', context())),
    () => acknowledged('agent-end', store.revokeAgent(agent.id, 'r', context())),
    () => acknowledged('offboard', store.offboardOwner(owner.id, 'r', context())),
    () => store.liftHolds({ kind: 'agent', id: other.id }, 'admin', context()),
  ]
  await ending[Math.floor(Math.random() * ending.length)]?.()
}

/** A failure of the disk is told and survived, unless the store says that it is gone for good. */
async function lane(store: Store): Promise<void> {
  for (;;) {
    try {
      await live(store)
    } catch (error) {
      tell({ what: 'failure', code: (error as { code?: string }).code ?? String(error) })
      if (ballast !== undefined && existsSync(ballast)) rmSync(ballast)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

const store = await openSqliteStore({ file })
store.onFailure((error) => {
  tell({ what: 'dead', code: (error as { code?: string }).code })
  process.exit(70)
})
await openTenant(store)
tell({ what: 'ready', pid: process.pid })
await Promise.all(Array.from({ length: LANES }, () => lane(store)))
