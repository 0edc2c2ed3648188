import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock, systemRandom } from '../../../src/core/clock.ts'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import { createOwner } from '../../../src/issuer/create-owner.ts'
import { issueDelegation } from '../../../src/issuer/issue-delegation.ts'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import type { Outcome } from '../../../src/issuer/outcome.ts'
import type { WriteContext } from '../../../src/issuer/ports.ts'
import type { Did } from '../../../src/model/did.ts'
import { openKeyRing } from '../../../src/server/keys/key-ring.ts'
import { createTenantKeys } from '../../../src/server/keys/tenant-keys.ts'
import { retireAgent } from '../../../src/server/retirement/retire-agent.ts'
import { openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'
import { didOf, newSigner } from '../../helpers/issuer-service.ts'

const DAY_MS = 86_400_000
const KEK = new Uint8Array(32).fill(3)
const OWNER = {
  name: 'Support',
  accountableName: 'Ada Lovelace',
  assurance: 'mfa',
  environment: 'production',
  entitlements: [{ type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }],
  revokers: [],
}

function doneValue<T>(outcome: Outcome<T>): T {
  if (!outcome.done) throw new Error(outcome.refusal.code)
  return outcome.value
}

/** An issuer that nothing publishes for, with an agent that has a delegation. */
async function openOffice(lifetimeSeconds = 600) {
  const folder = await mkdtemp(join(tmpdir(), 'procura-retirement-'))
  const store = await openSqliteStore({ file: join(folder, 'procura.sqlite') })
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const createdAt = systemClock()
  const { keys, authority, statusIssuer } = await createTenantKeys({ tenant: 'acme', kek: KEK, createdAt })
  const tenant = {
    id: 'acme',
    name: 'acme',
    environment: 'production',
    authority,
    statusIssuer,
    createdAt,
  }
  const admin = didOf(await newSigner()) as Did
  await store.createTenant(tenant, admin, keys)
  const issuer: Issuer = {
    store,
    keys: await openKeyRing({ store, kek: KEK, clock: systemClock }),
    clock: systemClock,
    random: systemRandom,
    resolver: createDidResolver(),
    origin: 'https://id.example',
    instance: 'this process',
  }
  const context: WriteContext = {
    principal: { tenant: 'acme', did: admin, role: 'admin' },
    at: createdAt,
    requestId: 'request',
  }
  const { owner } = doneValue(await createOwner(issuer, tenant, OWNER, context))
  const did = didOf(await newSigner()) as Did
  const row = { tenant: 'acme', id: 'agt_1', ownerId: owner.id, did, name: 'Triage', purpose: 'sorts mail' }
  const agent = doneValue(await store.createAgent({ ...row, mode: 'delegated' }, context))
  const parties = { tenant, owner, agent }
  const request = { terms: { inherit: true, maxDepth: 1, lifetimeSeconds }, leaseSize: 2 }
  doneValue(await issueDelegation(issuer, parties, request, context))
  return { issuer, parties, context }
}

it('says so when the revocation is not seen, and keeps the agent revoked [D3]', async () => {
  const { issuer, parties, context } = await openOffice()
  const io = { fetch: () => Promise.reject(new TypeError('cut off')), context, seenWithinMs: 0 }

  const entry = doneValue(await retireAgent(issuer, parties, { reason: 'risk', trigger: 'risk' }, io))

  expect(entry.details).toMatchObject({
    verified: false,
    liveDelegations: 0,
    presented: [{ code: 'holder_proof_invalid' }],
  })
  expect(await issuer.store.agent('acme', 'agt_1')).toMatchObject({ state: 'revoked' })
  expect(await issuer.store.retirement('acme', 'agt_1')).toEqual(entry)
})

it.each<[what: string, lifetimeSeconds: number, laterMs: number, unpresented: object]>([
  ['a delegation whose time is over', 600, 3_600_000, { lapsed: 1, ownerLapsed: 0 }],
  [
    "a delegation under an owner's credential whose time is over",
    7_776_000,
    31 * DAY_MS,
    { lapsed: 0, ownerLapsed: 1 },
  ],
])('says that %s was not presented, and why [D3]', async (_, lifetimeSeconds, laterMs, unpresented) => {
  const { issuer, parties, context } = await openOffice(lifetimeSeconds)
  const later = { ...issuer, clock: () => systemClock() + laterMs }
  const io = { fetch: () => Promise.reject(new TypeError('cut off')), context, seenWithinMs: 0 }

  const entry = doneValue(await retireAgent(later, parties, { reason: 'risk', trigger: 'risk' }, io))

  expect(entry.details).toMatchObject({
    verified: true,
    presented: [],
    liveDelegations: 0,
    unpresented: { ...unpresented, earlierOwnerKey: 0, unreleased: 0, more: 0 },
  })
})

it('says that nothing of an owner who is gone was presented, and why [D3]', async () => {
  const { issuer, parties, context } = await openOffice()
  doneValue(await issuer.store.offboardOwner(parties.owner.id, 'left', context))
  const agent = { ...parties.agent, state: 'revoked' } as const
  const io = { fetch: () => Promise.reject(new TypeError('cut off')), context, seenWithinMs: 0 }

  const entry = doneValue(
    await retireAgent(issuer, { ...parties, agent }, { reason: 'risk', trigger: 'risk' }, io),
  )

  expect(entry.details).toMatchObject({
    verified: true,
    presented: [],
    unpresented: { lapsed: 0, ownerLapsed: 1, earlierOwnerKey: 0, unreleased: 0, more: 0 },
  })
})
