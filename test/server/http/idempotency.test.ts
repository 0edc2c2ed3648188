import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, type Caller, newCaller, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, signRun, type World } from '../../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World
let serial = 0

beforeAll(async () => {
  service = await startTestService({ tenants: ['globex'] })
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

const GRANT = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
const OWNER = { name: 'Support', accountable: 'Ada Lovelace', entitlements: [GRANT] }

function withKey(key = `key-${++serial}`) {
  return { headers: { 'idempotency-key': key } }
}

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

/** One creating request of each route, by who may make it. */
const CREATIONS: readonly {
  readonly path: string
  readonly who: () => Caller
  readonly body: () => Promise<object>
}[] = [
  { path: '/v1/owners', who: () => service.admin, body: async () => OWNER },
  {
    path: '/v1/agents',
    who: () => service.admin,
    body: async () => {
      const { did } = await newCaller(service.url)
      return { owner: world.owner.id, did, name: 'Triage', purpose: 'sorts mail' }
    },
  },
  {
    path: '/v1/delegations',
    who: () => service.admin,
    body: async () => ({ agent: world.agent.id, inherit: true }),
  },
  {
    path: '/v1/runs',
    who: () => world.agentCaller,
    body: async () => ({
      chain: await signRun([world.delegation.chain[1]], world.agentCaller.signer, { nth: 1 }),
    }),
  },
]

describe('an idempotency key [AA-09]', () => {
  it.each(CREATIONS)(
    'gives one thing, however many ask for it at once: POST $path',
    async ({ path, who, body }) => {
      const key = withKey()
      const request = await body()

      const answers = await Promise.all(Array.from({ length: 8 }, () => who().post(path, request, key)))

      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201))
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
      expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1)
      if (path === '/v1/delegations') expect(new Set(answers.map(({ json }) => json.chain[1])).size).toBe(1)
    },
  )

  it.each(CREATIONS)(
    'gives the same later, and refuses another body: POST $path',
    async ({ path, who, body }) => {
      const key = withKey()
      const request = await body()
      const first = await who().post(path, request, key)
      const again = await who().post(path, request, key)

      expect(again.json).toEqual(first.json)
      expect(again.headers.get('idempotency-replayed')).toBe('true')
      const other = { ...(await body()), ...(path === '/v1/owners' && { name: 'Sales' }) }
      const different = path === '/v1/delegations' ? { ...other, maxDepth: 0 } : other
      expect(problem(await who().post(path, different, key))).toBe('422 idempotency_mismatch')
    },
  )

  it('is of one caller: another tenant and another person have their own', async () => {
    const key = withKey()
    const { admin, others } = service
    const second = await newCaller(service.url)
    await admin.post('/v1/principals', { did: second.did, role: 'admin' })

    const ids = []
    for (const caller of [admin, second, others.get('globex') ?? admin]) {
      ids.push((await caller.post('/v1/owners', OWNER, key)).json.id)
    }

    expect(new Set(ids).size).toBe(3)
  })

  it('is of one route', async () => {
    const key = withKey()
    const { did } = await newCaller(service.url)
    await service.admin.post('/v1/owners', OWNER, key)
    const agent = { owner: world.owner.id, did, name: 'Triage', purpose: 'sorts mail' }

    expect(problem(await service.admin.post('/v1/agents', agent, key))).toBe('422 idempotency_mismatch')
  })

  it.each(['', 'x'.repeat(256), 'white space', 'ümlaut'])('is refused when it is %j', async (key) => {
    const answer = await service.admin.post('/v1/owners', OWNER, withKey(key)).catch(() => undefined)

    if (answer !== undefined)
      expect(['400 malformed_request', '401 signature_invalid']).toContain(problem(answer))
    expect((await service.admin.post('/v1/owners', OWNER, withKey('x'.repeat(255)))).status).toBe(201)
  })

  it('is not needed: two requests without one make two things', async () => {
    const [first, second] = [
      await service.admin.post('/v1/owners', OWNER),
      await service.admin.post('/v1/owners', OWNER),
    ]

    expect(first.json.id).not.toBe(second.json.id)
  })
})
