import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { parseLink } from '../../src/delegation/parse-link.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { ProcuraError } from '../../src/errors.ts'
import { createOwner } from '../../src/issuer/create-owner.ts'
import {
  chainInForm,
  type DelegationWithOwner,
  issueDelegation,
  renewDelegation,
} from '../../src/issuer/issue-delegation.ts'
import { formOf } from '../../src/issuer/issued-credential.ts'
import type { Issuer } from '../../src/issuer/issuer.ts'
import type { Outcome } from '../../src/issuer/outcome.ts'
import type { DelegationParties } from '../../src/issuer/plan-delegation.ts'
import type { Store, WriteContext } from '../../src/issuer/ports.ts'
import type { Tenant } from '../../src/issuer/records.ts'
import type { Did } from '../../src/model/did.ts'
import { parseVcJwt } from '../../src/securing/vc-jose/parse-vc-jwt.ts'
import { openKeyRing } from '../../src/server/keys/key-ring.ts'
import { createTenantKeys } from '../../src/server/keys/tenant-keys.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open-sqlite-store.ts'
import { didOf, newSigner } from '../helpers/issuer-service.ts'
import { acceptedValue } from '../helpers/signers.ts'

const KEK = new Uint8Array(32).fill(3)
const GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
const REQUEST = { terms: { inherit: true, maxDepth: 1, lifetimeSeconds: 600 }, leaseSize: 2 }

let now: number
let issuer: Issuer
let tenant: Tenant
let admin: Did

beforeEach(async () => {
  now = Date.UTC(2026, 10, 22, 9)
  const folder = await mkdtemp(join(tmpdir(), 'procura-interrupted-'))
  const store = await openSqliteStore({ file: join(folder, 'procura.sqlite') })
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { keys, authority, statusIssuer } = await createTenantKeys({
    tenant: 'acme',
    kek: KEK,
    createdAt: now,
  })
  tenant = { id: 'acme', name: 'acme', environment: 'production', authority, statusIssuer, createdAt: now }
  admin = didOf(await newSigner()) as Did
  await store.createTenant(tenant, admin, keys)
  issuer = {
    store,
    keys: await openKeyRing({ store, kek: KEK, clock: () => now }),
    clock: () => now,
    random: systemRandom,
    resolver: createDidResolver(),
    origin: 'https://id.example',
    instance: 'this process',
  }
})

function context(key?: string): WriteContext {
  const principal = { tenant: 'acme', did: admin, role: 'admin' as const }
  const idempotency = key === undefined ? {} : { idempotency: { key, requestDigest: 'digest' } }
  return { principal, at: now, requestId: 'request', ...idempotency }
}

/** The issuer with some methods of its store replaced. */
function withStore(changes: Partial<Store>): Issuer {
  const store = new Proxy(issuer.store, {
    get: (target, name: keyof Store) => changes[name] ?? (target[name] as () => unknown).bind(target),
  })
  return { ...issuer, store }
}

async function parties(): Promise<DelegationParties> {
  const request = {
    name: 'Support',
    accountableName: 'Ada Lovelace',
    assurance: 'mfa',
    environment: 'production',
    entitlements: [GRANT],
    revokers: [],
  }
  const { owner } = doneValue(await createOwner(issuer, tenant, request, context()))
  const agent = {
    tenant: 'acme',
    id: `agt_${owner.id}`,
    ownerId: owner.id,
    did: didOf(await newSigner()) as Did,
    name: 'Triage',
    purpose: 'sorts mail',
    mode: 'delegated' as const,
  }
  return { tenant, owner, agent: doneValue(await issuer.store.createAgent(agent, context())) }
}

function doneValue<T>(outcome: Outcome<T>): T {
  if (!outcome.done) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.value
}

async function delegationsOf({ owner }: DelegationParties) {
  return (await issuer.store.delegations('acme', { ownerId: owner.id }, { limit: 100 })).items
}

/** As when the process dies between signing and recording. */
const crash = async () => {
  throw new Error('the process dies here')
}

describe('issuing that is interrupted before it is recorded', () => {
  it('releases nothing, and is finished by the same request with the same index', async () => {
    const who = await parties()
    const dying = withStore({ recordCredential: crash })
    await expect(issueDelegation(dying, who, REQUEST, context('k'))).rejects.toThrow('dies')
    const [planned] = await delegationsOf(who)

    const { delegation } = doneValue(await issueDelegation(issuer, who, REQUEST, context('k')))

    expect(planned).toMatchObject({ state: 'planned' })
    expect(planned?.forms).toEqual({})
    expect(delegation).toMatchObject({ id: planned?.id, position: planned?.position, state: 'active' })
    expect(await delegationsOf(who)).toHaveLength(1)
  })

  it('burns its index when it is never repeated: the next request gets others', async () => {
    const who = await parties()
    const dying = withStore({ recordCredential: crash })
    await expect(issueDelegation(dying, who, REQUEST, context())).rejects.toThrow('dies')

    doneValue(await issueDelegation(issuer, who, REQUEST, context()))

    const delegations = await delegationsOf(who)
    expect(delegations.map(({ state }) => state)).toEqual(['planned', 'active'])
    const indexes = delegations.flatMap(({ position, lease }) => [position.index, ...lease])
    expect(new Set(indexes).size).toBe(6)
  })

  it('leaves an owner without credential, whom the next delegation gives one', async () => {
    const dying = withStore({ planCredential: crash })
    const request = {
      name: 'Sales',
      accountableName: 'Grace Hopper',
      assurance: 'mfa',
      environment: 'production',
      entitlements: [GRANT],
      revokers: [],
    }
    await expect(createOwner(dying, tenant, request, context())).rejects.toThrow('dies')
    const { items } = await issuer.store.owners('acme', { limit: 10 })
    const [owner] = items
    if (owner === undefined) throw new Error('the owner is there')
    const { agent: row } = await parties()
    const agent = doneValue(
      await issuer.store.createAgent(
        { ...row, id: 'agt_sales', ownerId: owner.id, did: didOf(await newSigner()) as Did },
        context(),
      ),
    )

    const issued = doneValue(await issueDelegation(issuer, { tenant, owner, agent }, REQUEST, context()))

    expect(issued.owner).toMatchObject({ kind: 'owner', ownerId: owner.id, state: 'active' })
  })
})

describe('a renewal for more indexes that is interrupted before it is recorded', () => {
  it('is done by the next request for as many: the credential has them all', async () => {
    const who = await parties()
    const { delegation } = doneValue(await issueDelegation(issuer, who, REQUEST, context()))
    const wanted = { leaseSize: 5, revive: false }
    const dying = withStore({ recordCredential: crash })
    await expect(renewDelegation(dying, who, delegation.id, wanted, context())).rejects.toThrow('dies')

    const renewed = doneValue(await renewDelegation(issuer, who, delegation.id, wanted, context()))
    const again = doneValue(await renewDelegation(issuer, who, delegation.id, wanted, context()))

    const link = acceptedValue(parseVcJwt(renewed.delegation.forms['vc+jwt'] ?? ''))
    expect(link.credential.subject.statusLease[0]?.indexes).toEqual(renewed.delegation.lease)
    expect(renewed.delegation.lease).toHaveLength(5)
    expect(again.delegation.forms).toEqual(renewed.delegation.forms)
  })
})

describe('a further form of what was released', () => {
  const renewal = { mechanism: 'vc+sd-jwt', revive: false } as const

  it('has the indexes that were released, though an interrupted renewal took more', async () => {
    const who = await parties()
    const released = doneValue(await issueDelegation(issuer, who, REQUEST, context()))
    const dying = withStore({ recordCredential: crash })
    const more = renewDelegation(
      dying,
      who,
      released.delegation.id,
      { leaseSize: 5, revive: false },
      context(),
    )
    await expect(more).rejects.toThrow('dies')
    const delegation = await issuer.store.credential('acme', released.delegation.id)
    if (delegation === undefined) throw new Error('it is there')

    const chain = { id: delegation.id, wanted: renewal.mechanism }
    const further = doneValue(await chainInForm(issuer, who, chain, context()))

    expect(delegation.lease).toHaveLength(5)
    const { credential } = acceptedValue(await parseLink(formOf(further.delegation, 'vc+sd-jwt') ?? ''))
    expect(credential.subject.statusLease[0]?.indexes).toHaveLength(2)
  })

  it('is not made when the rows say something else by now; a renewal says it', async () => {
    const who = await parties()
    const released = doneValue(await issueDelegation(issuer, who, REQUEST, context()))
    const changed = { ...who, agent: { ...who.agent, purpose: 'sorts post' } }

    const chain = { id: released.delegation.id, wanted: renewal.mechanism }
    const further = await chainInForm(issuer, changed, chain, context())

    expect(further).toEqual({ done: false, refusal: { code: 'conflict', reason: 'changed_meanwhile' } })
    now += 400_000
    const renewed = await renewDelegation(issuer, changed, released.delegation.id, renewal, context())
    expect(formOf(doneValue(renewed).delegation, 'vc+sd-jwt')).toBeDefined()
  })

  it('is made once when two ask at the same time', async () => {
    const who = await parties()
    const released = doneValue(await issueDelegation(issuer, who, REQUEST, context()))
    const chain = { id: released.delegation.id, wanted: renewal.mechanism }

    const both = await Promise.all([1, 2].map(() => chainInForm(issuer, who, chain, context())))

    const texts = both.map((outcome) => formOf(doneValue(outcome).delegation, 'vc+sd-jwt'))
    expect(texts[0]).toBeDefined()
    expect(texts[1]).toBe(texts[0])
  })

  it('is refused when it would be too large, where the first one is not', async () => {
    const who = await parties()
    const grants = Array.from({ length: 32 }, (_, i) => ({
      ...GRANT,
      identifiers: [`${i}${'x'.repeat(120)}`],
    }))
    const own = { authorizationDetails: grants, maxDepth: 1, lifetimeSeconds: 600 }
    const request = { ...REQUEST, terms: own }

    const usual = await issueDelegation(issuer, who, request, context())
    const chain = { id: doneValue(usual).delegation.id, wanted: renewal.mechanism }
    const further = await chainInForm(issuer, who, chain, context())
    const first = await issueDelegation(
      issuer,
      who,
      { ...request, terms: { ...own, mechanism: 'vc+sd-jwt' } },
      context(),
    )

    expect(further).toEqual({ done: false, refusal: { code: 'invalid_terms', member: 'mechanism' } })
    expect(first).toMatchObject({ done: false, refusal: { code: 'invalid_terms' } })
  })
})

describe('what happens between planning and recording', () => {
  /** Issues while something else comes in between. */
  async function issueWhile(meanwhile: (who: DelegationParties, id: string) => Promise<unknown>) {
    const who = await parties()
    const interrupted = withStore({
      planCredential: async (plan, by) => {
        const planned = await issuer.store.planCredential(plan, by)
        if (planned.done && plan.kind === 'agent') await meanwhile(who, planned.value.id)
        return planned
      },
    })
    return issueDelegation(interrupted, who, REQUEST, context())
  }

  function refusalOf(outcome: Outcome<DelegationWithOwner>): object {
    if (outcome.done) throw new Error('it was not refused')
    return outcome.refusal
  }

  it('a revocation wins: nothing is released', async () => {
    const outcome = await issueWhile((_, id) => issuer.store.revokeDelegation(id, 'a test', context()))

    expect(refusalOf(outcome)).toEqual({ code: 'conflict', reason: 'delegation_ended' })
  })

  it('an offboarding wins, though the key is gone by then', async () => {
    const outcome = await issueWhile(({ owner }) => issuer.store.offboardOwner(owner.id, 'left', context()))

    expect(refusalOf(outcome)).toEqual({ code: 'conflict', reason: 'owner_offboarded' })
  })

  it('a database that goes away ends it, without another question that would wait as long', async () => {
    const who = await parties()
    doneValue(await issueDelegation(issuer, who, REQUEST, context()))
    const asked: string[] = []
    const away = async () => {
      throw new ProcuraError('ERR_PROCURA_STORAGE', 'the way to the database was cut')
    }
    const { keys, ...rest } = withStore({
      owner: async () => {
        asked.push('owner')
        return undefined
      },
    })
    const cut = {
      ...rest,
      keys: { ...keys, owner: away, authority: (id: string) => keys.authority(id) } as Issuer['keys'],
    }

    await expect(issueDelegation(cut, who, REQUEST, context())).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
    })
    expect(asked).toEqual([])
  })

  it('a hold on the agent wins', async () => {
    const outcome = await issueWhile(({ agent }) =>
      issuer.store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'odd', context()),
    )

    expect(refusalOf(outcome)).toEqual({ code: 'conflict', reason: 'agent_suspended' })
  })
})

describe('a renewal that somebody else overtakes', () => {
  it('answers what the other one made', async () => {
    const who = await parties()
    const { delegation } = doneValue(await issueDelegation(issuer, who, REQUEST, context()))
    now += 400_000
    let overtaken = false
    const slow = withStore({
      planRenewal: async (plan, by) => {
        const planned = await issuer.store.planRenewal(plan, by)
        if (!overtaken) {
          overtaken = true
          now += 1
          doneValue(await renewDelegation(issuer, who, delegation.id, { revive: false }, context()))
        }
        return planned
      },
    })

    const renewed = doneValue(await renewDelegation(slow, who, delegation.id, { revive: false }, context()))

    expect(renewed.delegation).toMatchObject({ validFrom: now, state: 'active' })
    expect(await issuer.store.credential('acme', delegation.id)).toEqual(renewed.delegation)
  })

  it('gives up when it is overtaken again and again', async () => {
    const who = await parties()
    const { delegation } = doneValue(await issueDelegation(issuer, who, REQUEST, context()))
    now += 400_000
    const hopeless = withStore({
      planRenewal: async () => ({ done: false, refusal: { code: 'conflict', reason: 'changed_meanwhile' } }),
    })

    const outcome = await renewDelegation(hopeless, who, delegation.id, { revive: false }, context())

    expect(outcome).toEqual({ done: false, refusal: { code: 'conflict', reason: 'changed_meanwhile' } })
  })
})
