import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DelegationCredential } from '../../../src/model/credential.ts'
import { parseVcJwt } from '../../../src/securing/vc-jose/parse-vc-jwt.ts'
import { type Answer, newCaller, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'
import { acceptedValue } from '../../helpers/signers.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World
let now = Date.now()

beforeAll(async () => {
  service = await startTestService({ clock: () => now })
})
beforeEach(async () => {
  now = Date.now()
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

function create(changes: object): Promise<Answer> {
  return service.admin.post('/v1/delegations', { agent: world.agent.id, ...changes })
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

/** Link 1 of an answer, parsed. */
function delegationOf(answer: Answer): DelegationCredential {
  const { credential } = acceptedValue(parseVcJwt(answer.json.chain[1]))
  if (credential.type !== 'DelegationCredential') throw new Error('link 1 is a delegation')
  return credential
}

describe('the credential of a delegation', () => {
  const path = () => `/v1/delegations/${world.delegation.id}/credential`

  it('is the whole chain as JSON, or link 1 alone, by Accept', async () => {
    const { agentCaller } = world
    const json = await agentCaller.get(path())
    const jwt = await agentCaller.get(path(), { headers: { accept: 'application/vc+jwt' } })
    const other = await agentCaller.get(path(), { headers: { accept: 'text/html' } })

    expect(json.json.chain).toEqual(world.delegation.chain)
    expect(jwt.text).toBe(world.delegation.chain[1])
    expect(jwt.headers.get('content-type')).toBe('application/vc+jwt')
    expect(jwt.headers.get('vary')).toBe('accept')
    expect(problem(other)).toBe('406 not_acceptable')
  })

  it('stays the same until half its life is over, and then is renewed with the same id and indexes [P13]', async () => {
    const { agentCaller, delegation } = world
    now = Date.parse(delegation.refreshAt) - 1000
    const early = await agentCaller.post(path(), {})
    now = Date.parse(delegation.refreshAt)
    const late = await agentCaller.post(path(), {})

    const renewed = delegationOf(late)
    const first = delegationOf({ json: delegation } as Answer)
    expect(early.json.chain).toEqual(delegation.chain)
    expect(late.json.chain[1]).not.toBe(delegation.chain[1])
    expect(renewed).toMatchObject({ id: first.id, status: first.status, subject: first.subject })
    expect(renewed.validFrom).toBe(now)
    expect(renewed.validUntil).toBe(now + 86_400_000)
  })

  it('is renewed once, however many ask at the same time', async () => {
    now = Date.parse(world.delegation.refreshAt)

    const answers = await Promise.all(Array.from({ length: 8 }, () => world.agentCaller.post(path(), {})))

    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    const current = await world.agentCaller.get(path())
    expect(answers.some(({ json }) => json.chain[1] === current.json.chain[1])).toBe(true)
  })

  it('gets more leased indexes when they are asked for, within the quota', async () => {
    const more = await world.agentCaller.post(path(), { leaseSize: 12 })
    const tooMany = await world.agentCaller.post(path(), { leaseSize: 257 })
    const beyond = await create({ inherit: true, leaseSize: 250 })

    const indexes = delegationOf(more).subject.statusLease[0]?.indexes ?? []
    expect(indexes).toHaveLength(12)
    expect(new Set(indexes).size).toBe(12)
    expect(indexes.slice(0, 8)).toEqual(world.delegation.lease)
    expect(problem(tooMany)).toBe('422 invalid_request')
    expect(problem(beyond)).toBe('409 quota_exceeded')
  })

  it("renews the owner's credential above it when half of that is over", async () => {
    now += 16 * 86_400_000

    const answer = await service.admin.post(path(), {})

    const [before, after] = [world.delegation, answer.json].map(
      ({ chain }) => acceptedValue(parseVcJwt(chain[0])).credential,
    )
    expect(after).toMatchObject({ id: before?.id, status: before?.status, validFrom: now })
  })

  it('cannot be renewed by the agent once it has expired; the owner brings it back', async () => {
    now = Date.parse(world.delegation.validUntil)

    const byAgent = await world.agentCaller.post(path(), {})
    const byOwner = await world.ownerCaller.post(path(), {})

    expect(problem(byAgent)).toBe('409 delegation_expired')
    expect(delegationOf(byOwner).validUntil).toBe(now + 86_400_000)
    expect((await world.agentCaller.post(path(), {})).status).toBe(200)
  })

  it.each([
    { held: 'agent', path: () => `/v1/agents/${world.agent.id}`, code: 'agent_suspended' },
    { held: 'owner', path: () => `/v1/owners/${world.owner.id}`, code: 'owner_suspended' },
  ])(
    'is not renewed while the $held is suspended, and is after resuming [I11]',
    async ({ path: held, code }) => {
      now = Date.parse(world.delegation.refreshAt)
      await service.admin.post(`${held()}/suspend`, { reason: 'a test' })
      const suspended = await service.admin.post(path(), {})
      await service.admin.post(`${held()}/resume`, {})

      expect(problem(suspended)).toBe(`409 ${code}`)
      expect((await service.admin.post(path(), {})).status).toBe(200)
    },
  )

  it('is not handed out once it is revoked [I12]', async () => {
    await service.admin.post(`/v1/delegations/${world.delegation.id}/revoke`, { reason: 'done' })

    expect(problem(await world.agentCaller.get(path()))).toBe('409 delegation_ended')
    expect(problem(await world.agentCaller.post(path(), {}))).toBe('409 delegation_ended')
  })

  describe('with a limit that is never given anew', () => {
    const once = { kind: 'count', id: 'once', max: 1 }
    const withLimit = async (limit: object) => {
      const [entitlement] = world.owner.entitlements
      const { json } = await create({ authorizationDetails: [{ ...entitlement, constraints: [limit] }] })
      return json
    }

    it('is handed out as it is, and never renewed, whoever asks', async () => {
      const { id, chain, refreshAt, validUntil } = await withLimit(once)
      const at = `/v1/delegations/${id}/credential`
      const early = await world.agentCaller.post(at, {})
      const grown = await world.agentCaller.post(at, { leaseSize: 16 })
      now = Date.parse(refreshAt)
      const late = await world.agentCaller.post(at, {})
      const fetched = await world.agentCaller.get(at)
      now = Date.parse(validUntil)

      expect(early.json.chain).toEqual(chain)
      expect(fetched.json.chain).toEqual(chain)
      expect([grown, late, await service.admin.post(at, {})].map(problem)).toEqual(
        Array(3).fill('409 not_renewable'),
      )
    })

    it('is not brought back under another key of the agent either, as one without such a limit is', async () => {
      const [single, daily] = [await withLimit(once), await withLimit({ ...once, per: 'P1D' })]
      now = Date.parse(single.validUntil)
      const { did } = await newCaller(service.url)
      const rotated = await service.admin.post(`/v1/agents/${world.agent.id}/keys`, { did })
      const bringBack = ({ id }: { id: string }) => service.admin.post(`/v1/delegations/${id}/credential`, {})

      expect(rotated.status).toBe(200)
      expect(problem(await bringBack(single))).toBe('409 not_renewable')
      expect(delegationOf(await bringBack(daily)).validFrom).toBe(now)
    })

    it('is renewed when the limit has a period', async () => {
      const { id, refreshAt } = await withLimit({ ...once, per: 'P1D' })
      now = Date.parse(refreshAt)

      const answer = await world.agentCaller.post(`/v1/delegations/${id}/credential`, {})
      expect(delegationOf(answer).validFrom).toBe(now)
    })

    it('is no entitlement of an owner, whose credential is renewed', async () => {
      const [entitlement] = world.owner.entitlements
      const person = { name: 'Support', accountable: 'Ada Lovelace' }
      const entitled = (limit: object) =>
        service.admin.post('/v1/owners', {
          ...person,
          entitlements: [{ ...entitlement, constraints: [limit] }],
        })

      expect(problem(await entitled(once))).toBe('422 invalid_request')
      expect((await entitled({ ...once, per: 'P1D' })).status).toBe(201)
    })
  })
})
