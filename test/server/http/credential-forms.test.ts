import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openChain } from '../../../src/delegation/open-chain.ts'
import { parseChain } from '../../../src/delegation/parse-chain.ts'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import { credentialToJson } from '../../../src/model/build-credential.ts'
import type { Mechanism, ParsedChain } from '../../../src/model/chain.ts'
import { type Answer, addDelegation, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, registerRun, type World } from '../../helpers/issuer-world.ts'
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

/** In which the service, whose keys are Ed25519, can release a chain. */
const FORMS: readonly Mechanism[] = ['vc+jwt', 'vc+sd-jwt', 'eddsa-jcs-2022', 'eddsa-rdfc-2022']

function pathOf(id: string, query = ''): string {
  return `/v1/delegations/${id}/credential${query}`
}

function inMechanism(mechanism: string): Promise<Answer> {
  return world.agentCaller.get(pathOf(world.delegation.id, `?mechanism=${encodeURIComponent(mechanism)}`))
}

function accepting(accept: string, query = ''): Promise<Answer> {
  return world.agentCaller.get(pathOf(world.delegation.id, query), { headers: { accept } })
}

async function opened(texts: readonly string[]): Promise<ParsedChain> {
  const chain = acceptedValue(await parseChain(texts))
  return acceptedValue(await openChain(chain, { resolver: createDidResolver() }))
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

/** Actions of the owner's audit trail from the given place on. */
async function auditOf(action: string) {
  const { json } = await service.admin.get(`/v1/audit?owner=${world.owner.id}&limit=200`)
  return json.items.filter((entry: { action: string }) => entry.action === action)
}

describe('the chain of a delegation', () => {
  it.each(FORMS)('can be had as %s, saying the same', async (mechanism) => {
    const answer = await inMechanism(mechanism)

    const chain = await opened(answer.json.chain)
    const usual = await opened(world.delegation.chain)
    expect(answer.json.mechanism).toBe(mechanism)
    expect(chain.map((link) => link.mechanism)).toEqual([mechanism, mechanism])
    expect(chain.map(({ credential }) => credentialToJson(credential))).toEqual(
      usual.map(({ credential }) => credentialToJson(credential)),
    )
  })

  it('is secured by the suite of the key, whatever the type of key that the name has', async () => {
    const { json } = await inMechanism('ecdsa-jcs-2019')

    const chain = await opened(json.chain)
    expect(chain.map((link) => link.mechanism)).toEqual(['eddsa-jcs-2022', 'eddsa-jcs-2022'])
  })

  it('is signed once in each form, however many ask and however often', async () => {
    const asked = await Promise.all(Array.from({ length: 6 }, () => inMechanism('vc+sd-jwt')))
    const renewed = await world.agentCaller.post(pathOf(world.delegation.id, '?mechanism=vc%2Bsd-jwt'), {})

    const chains = new Set([...asked, renewed].map(({ json }) => JSON.stringify(json.chain)))
    expect(chains.size).toBe(1)
    expect((await world.agentCaller.get(pathOf(world.delegation.id))).json.chain).toEqual(
      world.delegation.chain,
    )
  })

  it('has an entry in the audit trail for each form of each link', async () => {
    await inMechanism('vc+sd-jwt')
    await inMechanism('vc+sd-jwt')

    const issued = await auditOf('delegation.issue')
    const [secured, ...others] = await auditOf('delegation.secure')
    expect(issued[0].details).toMatchObject({ mechanism: 'vc+jwt' })
    expect(others).toEqual([])
    expect(secured).toMatchObject({
      target: world.delegation.id,
      actor: world.agentCaller.did,
      details: { ...issued[0].details, mechanism: 'vc+sd-jwt' },
    })
    expect(await auditOf('owner_credential.secure')).toHaveLength(1)
  })

  it('gets new texts in every form when it is renewed', async () => {
    const before = (await inMechanism('eddsa-jcs-2022')).json.chain
    now = Date.parse(world.delegation.refreshAt)
    const renewed = await world.agentCaller.post(pathOf(world.delegation.id), {})

    const after = (await inMechanism('eddsa-jcs-2022')).json.chain
    const [old, usual, other] = await Promise.all(
      [before, renewed.json.chain, after].map(async (texts) => (await opened(texts))[1]?.credential),
    )
    expect(after[1]).not.toBe(before[1])
    expect(other).toEqual(usual)
    expect(other).toMatchObject({ id: old?.id, status: old?.status, validFrom: now })
  })

  it('gets no further form while its agent is suspended, nor once it is revoked [I11, I12]', async () => {
    await service.admin.post(`/v1/agents/${world.agent.id}/suspend`, { reason: 'a test' })
    const suspended = await inMechanism('vc+sd-jwt')
    await service.admin.post(`/v1/agents/${world.agent.id}/resume`)
    const resumed = await inMechanism('vc+sd-jwt')
    await service.admin.post(`/v1/delegations/${world.delegation.id}/revoke`, { reason: 'a test' })

    expect(problem(suspended)).toBe('409 agent_suspended')
    expect(resumed.status).toBe(200)
    for (const mechanism of FORMS) {
      expect(problem(await inMechanism(mechanism))).toBe('409 delegation_ended')
    }
  })
})

describe('a delegation whose chain has a form of its own', () => {
  it.each(FORMS)('is released as %s, and stays so when it is renewed', async (mechanism) => {
    const delegation = await addDelegation(service.admin, world.agent.id, { mechanism })
    const first = await opened(delegation.chain)
    now = Date.parse(delegation.refreshAt)
    const renewed = await world.agentCaller.post(pathOf(delegation.id), {})
    const second = await opened(renewed.json.chain)

    expect([...first, ...second].map((link) => link.mechanism)).toEqual(Array(4).fill(mechanism))
    expect(second[1]?.credential).toMatchObject({ id: first[1]?.credential.id, validFrom: now })
    const shown = await service.admin.get(`/v1/delegations/${delegation.id}`)
    expect(shown.json).toMatchObject({ mechanism, chain: renewed.json.chain })
  })

  it('is vc+jwt when nothing is said', async () => {
    expect(world.delegation.mechanism).toBe('vc+jwt')
  })

  it('cannot have one that nobody knows', async () => {
    const answer = await service.admin.post('/v1/delegations', {
      agent: world.agent.id,
      inherit: true,
      mechanism: 'vc+ld+jwt',
    })

    expect(problem(answer)).toBe('422 invalid_request')
    expect(answer.json.errors[0].pointer).toBe('/mechanism')
  })

  it('takes over the same request repeated, with the same chain', async () => {
    const body = { agent: world.agent.id, inherit: true, mechanism: 'vc+sd-jwt' }
    const twice = { headers: { 'idempotency-key': `key-${world.agent.id}` } }
    const first = await service.admin.post('/v1/delegations', body, twice)
    const second = await service.admin.post('/v1/delegations', body, twice)

    expect(second.json).toEqual(first.json)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
  })

  it('has runs registered under it, whatever its form', async () => {
    for (const mechanism of FORMS) {
      const delegation = await addDelegation(service.admin, world.agent.id, { mechanism })
      const run = await registerRun(world.agentCaller, delegation)

      expect(run).toMatchObject({ delegation: delegation.id, state: 'active' })
    }
  })
})

describe('by Accept, link 1 alone', () => {
  it.each([
    ['application/vc+jwt', 'vc+jwt'],
    ['application/vc+sd-jwt', 'vc+sd-jwt'],
    ['application/vc', 'eddsa-jcs-2022'],
    ['text/html, application/vc;q=0.2, application/vc+sd-jwt;q=0.1', 'eddsa-jcs-2022'],
  ])('is what %s names', async (accept, mechanism) => {
    const answer = await accepting(accept)

    const { chain } = (await inMechanism(mechanism)).json
    expect(answer.text).toBe(chain[1])
    expect(accept).toContain(answer.headers.get('content-type'))
    expect(answer.headers.get('vary')).toBe('accept')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('is with application/vc in the suite that was chosen for the chain', async () => {
    const { id, chain } = await addDelegation(service.admin, world.agent.id, { mechanism: 'eddsa-rdfc-2022' })
    const answer = await world.agentCaller.get(pathOf(id), { headers: { accept: 'application/vc' } })

    expect(answer.text).toBe(chain[1])
  })

  it('is renewed in the form that is asked for', async () => {
    now = Date.parse(world.delegation.refreshAt)
    const answer = await world.agentCaller.post(
      pathOf(world.delegation.id),
      {},
      { headers: { accept: 'application/vc' } },
    )

    expect(JSON.parse(answer.text).validFrom).toBe(new Date(now).toISOString())
    expect((await accepting('application/vc')).text).toBe(answer.text)
  })

  it('is not to be had in a form that nobody makes: 406 says what there is', async () => {
    const none = await accepting('text/html, application/json;q=0')
    const other = await accepting('application/vc+jwt', '?mechanism=vc+sd-jwt')

    expect(problem(none)).toBe('406 not_acceptable')
    expect(none.json.available).toEqual([
      'application/json',
      'application/vc+jwt',
      'application/vc',
      'application/vc+sd-jwt',
    ])
    expect(none.headers.get('vary')).toBe('accept')
    expect(problem(other)).toBe('406 not_acceptable')
    expect(other.json.available).toEqual(['application/json', 'application/vc+sd-jwt'])
  })
})

describe('the query of a chain', () => {
  it.each([
    ['?mechanism=jwt', '?mechanism'],
    ['?mechanism=', '?mechanism'],
    ['?mechanism=vc+jwt&mechanism=vc+jwt', '?mechanism'],
    ['?form=vc+jwt', '?form'],
  ])('%s is refused', async (query, pointer) => {
    const answer = await accepting('*/*', query)

    expect(problem(answer)).toBe('422 invalid_request')
    expect(answer.json.errors[0].pointer).toBe(pointer)
  })

  it('may have a plus sign that is not escaped', async () => {
    expect((await accepting('*/*', '?mechanism=vc+sd-jwt')).json.mechanism).toBe('vc+sd-jwt')
  })
})
