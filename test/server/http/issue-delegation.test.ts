import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { joinChain } from '../../../src/delegation/join-chain.ts'
import { openChain } from '../../../src/delegation/open-chain.ts'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { DelegationCredential } from '../../../src/model/credential.ts'
import { parseVcJwt } from '../../../src/securing/vc-jose/parse-vc-jwt.ts'
import {
  type Answer,
  addAgent,
  addOwner,
  MAIL_GRANT,
  startTestService,
} from '../../helpers/issuer-service.ts'
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

const READ = { ...MAIL_GRANT, actions: ['mail.read'] }

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

describe('POST /v1/delegations', () => {
  it('answers a chain that joins and whose signatures hold', async () => {
    const answer = await create({ authorizationDetails: [READ], name: 'morning mail' })

    const links = answer.json.chain.map((token: string) => acceptedValue(parseVcJwt(token)))
    const chain = acceptedValue(joinChain(links))
    const opened = await openChain(chain, { resolver: createDidResolver() })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe(`/v1/delegations/${answer.json.id}`)
    expect(opened.verified).toBe(true)
    expect(chain[0].credential).toMatchObject({
      issuer: service.initialized.trust.authority,
      subject: {
        tenant: 'acme',
        environment: 'production',
        custody: 'service',
        accountable: world.owner.accountable,
      },
    })
    expect(chain[1]?.credential).toMatchObject({
      id: answer.json.id,
      issuer: world.owner.did,
      subject: {
        agentId: world.agent.id,
        mode: 'delegated',
        purpose: 'sorts mail',
        name: 'morning mail',
        maxDepth: 1,
      },
    })
    expect(chain[1]?.credential.subject.statusLease[0]?.indexes).toEqual(answer.json.lease)
    expect(answer.json).toMatchObject({ state: 'active', suspended: false, agent: world.agent.id })
    expect(answer.json.lease).toHaveLength(8)
  })

  it('takes lifetime, depth, lease size and statusless runs as asked', async () => {
    const answer = await create({
      inherit: true,
      maxDepth: 3,
      lifetimeSeconds: 600,
      leaseSize: 0,
      allowStatusless: true,
    })

    const { validFrom, validUntil, subject } = delegationOf(answer)
    expect(validUntil - validFrom).toBe(600_000)
    expect(subject).toMatchObject({
      maxDepth: 3,
      statusLease: [],
      allowStatusless: true,
      authorizationDetails: 'inherit',
    })
    expect(Date.parse(answer.json.refreshAt) - Date.parse(answer.json.validFrom)).toBe(300_000)
  })

  it.each([
    { wider: 'actions', grant: { ...MAIL_GRANT, actions: ['mail.read', 'mail.delete'] } },
    { wider: 'locations', grant: { ...MAIL_GRANT, locations: ['https://bank.example/'] } },
    { wider: 'locations', grant: { ...MAIL_GRANT, locations: ['https://mail.example.evil/'] } },
  ])(
    'refuses $wider beyond what the owner holds, and allocates nothing [IV-06, I5]',
    async ({ wider, grant }) => {
      const before = await auditActions()

      const answer = await create({ authorizationDetails: [READ, grant] })

      expect(problem(answer)).toBe('422 exceeds_entitlements')
      expect(answer.json.dimension).toBe(wider)
      expect(await auditActions()).toEqual(before)
    },
  )

  it.each([
    { wider: 'identifiers', grant: { ...MAIL_GRANT, identifiers: ['inbox/'] } },
    { wider: 'range', grant: { ...MAIL_GRANT, constraints: [{ kind: 'range', on: 'size', max: '20' }] } },
  ])('refuses looser $wider than the owner holds [IV-06]', async ({ wider, grant }) => {
    const limited = {
      ...MAIL_GRANT,
      identifiers: ['inbox/support'],
      constraints: [{ kind: 'range', on: 'size', max: '10' }],
    }
    const owner = await addOwner(service.admin, { entitlements: [limited] })
    const { agent } = await addAgent(service.url, service.admin, owner.id)

    const loose = await create({ agent: agent.id, authorizationDetails: [grant] })
    const tight = await create({ agent: agent.id, authorizationDetails: [limited] })

    expect(problem(loose)).toBe('422 exceeds_entitlements')
    expect(loose.json.dimension).toBe(wider)
    expect(tight.status).toBe(201)
  })

  it.each([
    { wrong: 'neither a grant nor inherit', body: {}, at: '/authorizationDetails' },
    { wrong: 'both', body: { inherit: true, authorizationDetails: [READ] }, at: '/authorizationDetails' },
    { wrong: 'inherit that is false', body: { inherit: false }, at: '/inherit' },
    { wrong: 'no entry', body: { authorizationDetails: [] }, at: '/authorizationDetails' },
    {
      wrong: 'an entry without locations',
      body: { authorizationDetails: [{ type: 'api', actions: ['mail.read'] }] },
      at: '/authorizationDetails/locations',
    },
    {
      wrong: 'a member that no entry has',
      body: { authorizationDetails: [{ ...READ, everything: true }] },
      at: '/authorizationDetails',
    },
    {
      wrong: 'an unknown kind of constraint',
      body: { authorizationDetails: [{ ...READ, constraints: [{ kind: 'moon', phase: 'full' }] }] },
      at: '/authorizationDetails/constraints/kind',
    },
    {
      wrong: 'an unknown type',
      body: { authorizationDetails: [{ ...READ, type: 'payment' }] },
      at: '/authorizationDetails/type',
    },
    { wrong: 'a lifetime of nothing', body: { inherit: true, lifetimeSeconds: 0 }, at: '/lifetimeSeconds' },
    {
      wrong: 'a lifetime of a year',
      body: { inherit: true, lifetimeSeconds: 31_536_000 },
      at: '/lifetimeSeconds',
    },
    { wrong: 'a negative depth', body: { inherit: true, maxDepth: -1 }, at: '/maxDepth' },
    { wrong: 'a fraction of a depth', body: { inherit: true, maxDepth: 0.5 }, at: '/maxDepth' },
    { wrong: 'a lease beyond all bounds', body: { inherit: true, leaseSize: 257 }, at: '/leaseSize' },
  ])('refuses $wrong', async ({ body, at }) => {
    const answer = await create(body)

    expect(problem(answer)).toBe('422 invalid_request')
    expect(answer.json.errors[0].pointer).toBe(at)
  })

  it.each([
    ['lifetimeSeconds', 7_776_001, 'must be a whole number, 1 to 7776000 seconds (90 days)'],
    ['lifetimeSeconds', '1d', 'must be a whole number, 1 to 7776000 seconds (90 days)'],
    ['leaseSize', 0.5, 'must be a whole number, 0 to 256 indexes'],
    ['maxDepth', -1, 'must be a whole number, 0 to 6 links'],
    ['maxDepth', 7, 'must be a whole number, 0 to 6 links'],
    ['allowStatusless', 'yes', 'must be true or false'],
    ['name', 5, 'must be a text'],
    ['name', '', 'must have 1 to 128 characters, none that hides or reorders text'],
    ['inherit', false, 'must be true'],
    ['mechanism', 'jwt', expect.stringMatching(/^must be "vc\+jwt" or "/)],
    ['agent', undefined, 'is missing'],
  ])('says what %s must be, in a sentence that %j breaks', async (member, value, message) => {
    const answer = await create({ inherit: true, [member]: value })

    expect(answer.json.errors).toEqual([{ pointer: `/${member}`, message }])
    expect((await create({ inherit: true, lifetimeSeconds: 7_776_000, maxDepth: 6 })).status).toBe(201)
  })

  it.each([
    ['a wildcard', { actions: ['mail.*'] }, '/actions', 'must be 1 to 64 dotted names'],
    [
      'a kind',
      { constraints: [{ kind: 'moon' }] },
      '/constraints/kind',
      'must be one of range, one_of, time',
    ],
    ['no list', {}, '', 'must be a list of 1 to 32 entries'],
  ])('names the rule that %s breaks, and no text of the request', async (_, wrong, at, rule) => {
    const entries = at === '' ? [] : [{ ...READ, ...wrong }]

    const { json } = await create({ authorizationDetails: entries })

    expect(json.errors).toEqual([
      { pointer: `/authorizationDetails${at}`, message: expect.stringContaining(rule) },
    ])
    expect(JSON.stringify(json)).not.toMatch(/moon|mail\.\*/)
    expect((await create({ authorizationDetails: [READ] })).status).toBe(201)
  })

  it('refuses a grant that makes a credential too large', async () => {
    const locations = Array.from({ length: 60 }, (_, i) => `https://mail.example/${'folder'.repeat(40)}/${i}`)

    const answer = await create({ authorizationDetails: [{ ...READ, locations }] })

    expect(problem(answer)).toBe('422 invalid_request')
  })

  it('refuses more leased indexes than an agent may hold, and counts those it has', async () => {
    const most = await create({ inherit: true, leaseSize: 248 })
    const more = await create({ inherit: true, leaseSize: 1 })

    expect(most.status).toBe(201)
    expect(problem(more)).toBe('409 quota_exceeded')
    expect(more.json).toMatchObject({
      limit: 256,
      dimension: 'agent',
      detail: expect.stringContaining('revoke'),
    })
  })

  it('refuses for an agent that nobody knows', async () => {
    expect(problem(await create({ agent: 'agt_unknown', inherit: true }))).toBe('404 not_found')
  })

  it.each([
    { state: 'suspended agent', path: () => `/v1/agents/${world.agent.id}/suspend`, code: 'agent_suspended' },
    { state: 'revoked agent', path: () => `/v1/agents/${world.agent.id}/revoke`, code: 'agent_ended' },
    { state: 'suspended owner', path: () => `/v1/owners/${world.owner.id}/suspend`, code: 'owner_suspended' },
    {
      state: 'owner who is gone',
      path: () => `/v1/owners/${world.owner.id}/offboard`,
      code: 'owner_offboarded',
    },
  ])('refuses for a $state [IV-05]', async ({ path, code }) => {
    await service.admin.post(path(), { reason: 'a test' })

    expect(problem(await create({ inherit: true }))).toBe(`409 ${code}`)
  })
})

/** What was done so far, as the audit trail has it. */
async function auditActions(): Promise<string[]> {
  const { json } = await service.admin.get(`/v1/audit?owner=${world.owner.id}&limit=200`)
  return json.items.map(({ action }: { action: string }) => action)
}
