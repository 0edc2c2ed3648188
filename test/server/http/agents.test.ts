import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseLink } from '../../../src/delegation/parse-link.ts'
import { createLocalSigner } from '../../../src/securing/vc-jose/local-signer.ts'
import {
  type Answer,
  addAgent,
  addDelegation,
  addOwner,
  MAIL_GRANT,
  newCaller,
  startTestService,
} from '../../helpers/issuer-service.ts'
import { acceptedValue, BOB } from '../../helpers/signers.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let owner: string

beforeAll(async () => {
  service = await startTestService()
  owner = (await addOwner(service.admin)).id
})
afterAll(() => service.close())

async function create(changes: object): Promise<Answer> {
  const { did } = await newCaller(service.url)
  return service.admin.post('/v1/agents', { owner, did, name: 'Triage', purpose: 'sorts mail', ...changes })
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

describe('POST /v1/agents', () => {
  it('records owner, purpose, mode and software [P1, P2, L9]', async () => {
    const { status, json } = await create({
      mode: 'autonomous',
      software: { name: 'triage', version: '1.2.3' },
    })

    expect(status).toBe(201)
    expect(json).toMatchObject({
      owner,
      purpose: 'sorts mail',
      mode: 'autonomous',
      software: { name: 'triage', version: '1.2.3' },
      state: 'active',
      suspended: false,
    })
    expect((await service.admin.get(`/v1/agents/${json.id}`)).json).toEqual(json)
  })

  it('makes it act for its owner when nothing is said', async () => {
    expect((await create({})).json.mode).toBe('delegated')
  })

  it('takes a P-256 key as well', async () => {
    const caller = await newCaller(service.url, await createLocalSigner(BOB))

    expect((await create({ did: caller.did })).status).toBe(201)
    expect((await caller.get('/v1/whoami')).json.role).toBe('agent')
  })

  it.each([
    { without: 'owner', changes: { owner: undefined } },
    { without: 'owner that exists', changes: { owner: 'own_nobody' } },
  ])('refuses without an $without [I1, IV-05]', async ({ changes }) => {
    expect(problem(await create(changes))).toBe('422 owner_required')
  })

  it('refuses under an owner who is gone [IV-05]', async () => {
    const gone = await addOwner(service.admin)
    await service.admin.post(`/v1/owners/${gone.id}/offboard`, { reason: 'left' })

    expect(problem(await create({ owner: gone.id }))).toBe('409 owner_offboarded')
  })

  it.each([
    { wrong: 'what is no DID', did: 'z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' },
    { wrong: 'a method that is resolved', did: 'did:web:agent.example' },
    { wrong: 'a DID URL', did: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#key' },
    { wrong: 'a key that cannot sign', did: 'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc' },
    { wrong: 'a DID of 5 kB', did: `did:key:z6Mk${'h'.repeat(5000)}` },
  ])('refuses $wrong as its DID [IV-02]', async ({ did }) => {
    const answer = await create({ did })

    expect(problem(answer)).toBe('422 invalid_request')
    expect(answer.json.errors[0].pointer).toBe('/did')
  })

  it('refuses the DID of the issuer, and one that somebody has [IV-02]', async () => {
    const { authority, statusIssuer } = service.initialized.tenant

    expect(problem(await create({ did: authority }))).toBe('422 invalid_request')
    expect(problem(await create({ did: statusIssuer }))).toBe('422 invalid_request')
    expect(problem(await create({ did: service.admin.did }))).toBe('409 did_in_use')
  })

  it.each(['id', 'agentId', 'tenant', 'ownerId', 'state', 'suspended', 'createdAt', 'credentialStatus'])(
    'refuses a caller that sets "%s" [AA-10, IV-08]',
    async (name) => {
      const answer = await create({ [name]: 'mine' })

      expect(problem(answer)).toBe('422 invalid_request')
      expect(answer.json.errors).toEqual([{ pointer: `/${name}`, message: 'is not a member here' }])
    },
  )

  it.each([
    ['a NUL', 'a\u0000b'],
    ['a line feed', 'a\nb'],
    ['an override of direction', 'a\u202eb'],
    ['a zero-width space', 'a\u200bb'],
    ['129 characters', 'a'.repeat(129)],
    ['nothing', ''],
  ])('refuses a name with %s [IV-04]', async (_, name) => {
    expect(problem(await create({ name }))).toBe('422 invalid_request')
  })

  it('gives back the bytes that it was given [IV-04]', async () => {
    const name = 'Zoë 👩🏽‍💻 Agent'

    expect((await create({ name })).json.name).toBe(name)
  })
})

describe('PATCH /v1/agents/:id', () => {
  const SOFTWARE = { name: 'triage', version: '2.0.0' }

  it('changes name, purpose and software, and keeps who it is [L9]', async () => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    const path = `/v1/agents/${agent.id}`

    const { status, json } = await service.admin.patch(path, { software: SOFTWARE, purpose: 'sorts post' })

    expect(status).toBe(200)
    expect(json).toEqual({ ...agent, software: SOFTWARE, purpose: 'sorts post' })
    expect((await service.admin.get(path)).json).toEqual(json)
  })

  it('makes its delegations due, however young; the old credential is told from the new one [L9]', async () => {
    const { agent, caller } = await addAgent(service.url, service.admin, owner)
    const { id, chain } = await addDelegation(service.admin, agent.id)
    const path = `/v1/delegations/${id}/credential`
    expect((await caller.post(path, {})).json.chain).toEqual(chain)

    await service.admin.patch(`/v1/agents/${agent.id}`, { software: SOFTWARE })

    const renewed = (await caller.post(path, {})).json.chain
    const said = await Promise.all([chain[1], renewed[1]].map((text) => parseLink(text)))
    expect(said.map((link) => acceptedValue(link).credential.subject)).toMatchObject([
      expect.not.objectContaining({ software: SOFTWARE }),
      { software: SOFTWARE, agentId: agent.id },
    ])
    expect((await caller.post(path, {})).json.chain).toEqual(renewed)
  })

  it('renews nothing for a name, which no credential says', async () => {
    const { agent, caller } = await addAgent(service.url, service.admin, owner)
    const { id, chain } = await addDelegation(service.admin, agent.id)

    await service.admin.patch(`/v1/agents/${agent.id}`, { name: 'Sorter' })

    expect((await caller.post(`/v1/delegations/${id}/credential`, {})).json.chain).toEqual(chain)
  })

  it.each([
    ['nothing', {}],
    ['its owner', { owner: 'own_other' }],
    ['its key', { did: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK' }],
    ['its mode', { mode: 'autonomous' }],
    ['a software without version', { software: { name: 'triage' } }],
    ['a name that hides text', { name: 'a\u202eb' }],
  ])('refuses to change %s [IV-08]', async (_, changes) => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    const path = `/v1/agents/${agent.id}`

    expect(problem(await service.admin.patch(path, changes))).toBe('422 invalid_request')
    expect((await service.admin.get(path)).json).toEqual(agent)
  })

  it('refuses a purpose with which a delegation could never be renewed', async () => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    const values = Array.from({ length: 50 }, (_, i) => `acct-${i}-${'x'.repeat(170)}`)
    const grant = { ...MAIL_GRANT, constraints: [{ kind: 'one_of', on: 'payee', values }] }
    await addDelegation(service.admin, agent.id, { authorizationDetails: [grant] })
    const path = `/v1/agents/${agent.id}`

    const answer = await service.admin.patch(path, { purpose: '語'.repeat(512) })

    expect([problem(answer), answer.json.errors]).toEqual([
      '422 invalid_request',
      [{ pointer: '/purpose', message: 'makes a delegation of the agent too large' }],
    ])
    expect((await service.admin.patch(path, { purpose: 'sorts post' })).status).toBe(200)
  })

  it('changes nothing of an agent that has ended', async () => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    await service.admin.post(`/v1/agents/${agent.id}/revoke`, { reason: 'replaced' })

    expect(problem(await service.admin.patch(`/v1/agents/${agent.id}`, { name: 'Late' }))).toBe(
      '409 agent_ended',
    )
  })
})

describe('revoking an agent', () => {
  it('ends it and every delegation that it has, once and for all [L3, I12]', async () => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    const delegations = [
      await addDelegation(service.admin, agent.id),
      await addDelegation(service.admin, agent.id),
    ]
    const path = `/v1/agents/${agent.id}`

    const answer = await service.admin.post(`${path}/revoke`, { reason: 'replaced' })

    expect(answer.json.state).toBe('revoked')
    for (const { id } of delegations) {
      expect((await service.admin.get(`/v1/delegations/${id}`)).json.state).toBe('revoked')
    }
    expect(problem(await service.admin.post(`${path}/suspend`, { reason: 'late' }))).toBe('409 agent_ended')
    expect((await service.admin.post(`${path}/revoke`, { reason: 'again' })).status).toBe(200)
  })
})

describe('a dry run of revoking an agent', () => {
  it('says what would end, and ends nothing', async () => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    await addDelegation(service.admin, agent.id)
    const path = `/v1/agents/${agent.id}`

    const { json } = await service.admin.post(`${path}/revoke`, { reason: 'replaced', dryRun: true })

    expect(json).toMatchObject({ dryRun: true, agents: 1, delegations: 1, runs: 0, leasedIndexes: 8 })
    expect((await service.admin.get(path)).json).toEqual(agent)
  })
})

describe('giving an agent away', () => {
  it('is refused to owners whom the tenant does not have, and to the one whose it is', async () => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    const give = (to: string) =>
      service.admin.post(`/v1/agents/${agent.id}/transfer`, { owner: to, reason: 'moved' })

    expect(problem(await give('own_nobody'))).toBe('404 not_found')
    expect(problem(await give(owner))).toBe('409 same_owner')
    expect((await give((await addOwner(service.admin)).id)).status).toBe(200)
  })
})

describe('suspending an agent', () => {
  it('can be undone, and shows on the agent and its delegations [I11]', async () => {
    const { agent } = await addAgent(service.url, service.admin, owner)
    const { id } = await addDelegation(service.admin, agent.id)
    const suspended = await service.admin.post(`/v1/agents/${agent.id}/suspend`, { reason: 'odd hours' })
    const delegation = await service.admin.get(`/v1/delegations/${id}`)
    const resumed = await service.admin.post(`/v1/agents/${agent.id}/resume`, {})

    expect([suspended.json.suspended, delegation.json.suspended]).toEqual([true, true])
    expect(resumed.json).toMatchObject({ suspended: false, state: 'active' })
    expect((await service.admin.get(`/v1/delegations/${id}`)).json.suspended).toBe(false)
  })
})
