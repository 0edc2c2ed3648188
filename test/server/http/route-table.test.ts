import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/server/routes/index.ts'
import {
  type Answer,
  type Caller,
  MAIL_GRANT,
  newCaller,
  startTestService,
} from '../../helpers/issuer-service.ts'
import { buildWorld, signRun, type World } from '../../helpers/issuer-world.ts'

type Json = Answer['json']

const SIGNED = ROUTES.filter(({ access }) => access !== 'public' && access !== 'key')
const READING = SIGNED.filter(({ method }) => method === 'GET')
const CHANGING = SIGNED.filter(({ method }) => method !== 'GET')

/** The path of a route about things of this world. */
function pathOf(path: string, { owner, agent, delegation, run, agentCaller }: World): string {
  const ids = [
    ['/v1/owners/', owner.id],
    ['/v1/agents/', agent.id],
    ['/v1/delegations/', delegation.id],
    ['/v1/runs/', run.id],
  ] as const
  const id = ids.find(([prefix]) => path.startsWith(prefix))?.[1] ?? '1'
  return path.replace(':did', agentCaller.did).replace(/:\w+/, id)
}

/** What a caller does with things of its own world; the last answer is looked at. */
interface Deed {
  readonly route: string
  /** How many steps it has, each with an entry. */
  readonly entries: number
  readonly about?: 'owner' | 'agent'
  run(world: World, by: Deeds): Promise<Answer>
}

interface Deeds {
  readonly admin: Caller
  readonly url: string
}

const WHY = { reason: 'odd' }

function leased({ delegation }: World): object {
  return { statusListCredential: delegation.revocationList, statusListIndex: String(delegation.lease[3]) }
}

const OWNER = { name: 'Sales', accountable: 'Grace Hopper', entitlements: [MAIL_GRANT] }

const WEBHOOK = { url: 'https://receiver.example/' }

const DEEDS: readonly Deed[] = [
  {
    route: 'POST /v1/owners',
    entries: 3,
    about: 'owner',
    run: (_, { admin }) => admin.post('/v1/owners', OWNER),
  },
  {
    route: 'POST /v1/owners/:id/suspend',
    entries: 1,
    about: 'owner',
    run: ({ owner }, { admin }) => admin.post(`/v1/owners/${owner.id}/suspend`, WHY),
  },
  {
    route: 'POST /v1/owners/:id/offboard',
    entries: 1,
    about: 'owner',
    run: ({ owner }, { admin }) => admin.post(`/v1/owners/${owner.id}/offboard`, WHY),
  },
  {
    route: 'POST /v1/agents',
    entries: 1,
    about: 'agent',
    run: async ({ owner, ownerCaller }, { url }) => {
      const { did } = await newCaller(url)
      return ownerCaller.post('/v1/agents', { owner: owner.id, did, name: 'Triage', purpose: 'sorts mail' })
    },
  },
  {
    route: 'PATCH /v1/agents/:id',
    entries: 1,
    about: 'agent',
    run: ({ agent, ownerCaller }) => ownerCaller.patch(`/v1/agents/${agent.id}`, { purpose: 'sorts post' }),
  },
  ...(['suspend', 'revoke'] as const).map(
    (verb): Deed => ({
      route: `POST /v1/agents/:id/${verb}`,
      entries: 1,
      about: 'agent',
      run: ({ agent, ownerCaller }) => ownerCaller.post(`/v1/agents/${agent.id}/${verb}`, WHY),
    }),
  ),
  {
    route: 'POST /v1/enrolments',
    entries: 1,
    about: 'owner',
    run: ({ owner, ownerCaller }) =>
      ownerCaller.post('/v1/enrolments', { owner: owner.id, name: 'Triage', purpose: 'sorts mail' }),
  },
  {
    route: 'POST /v1/delegations',
    entries: 2,
    about: 'agent',
    run: ({ agent, ownerCaller }) =>
      ownerCaller.post('/v1/delegations', { agent: agent.id, authorizationDetails: [MAIL_GRANT] }),
  },
  {
    route: 'POST /v1/delegations/batch',
    entries: 4,
    about: 'agent',
    run: ({ agent, ownerCaller }) => {
      const one = { agent: agent.id, authorizationDetails: [MAIL_GRANT] }
      return ownerCaller.post('/v1/delegations/batch', { delegations: [one, one] })
    },
  },
  {
    route: 'POST /v1/delegations/:id/credential',
    entries: 2,
    about: 'agent',
    run: ({ delegation, agentCaller }) =>
      agentCaller.post(`/v1/delegations/${delegation.id}/credential`, { leaseSize: 16 }),
  },
  ...(['suspend', 'revoke'] as const).map(
    (verb): Deed => ({
      route: `POST /v1/delegations/:id/${verb}`,
      entries: 1,
      about: 'agent',
      run: ({ delegation, ownerCaller }) => ownerCaller.post(`/v1/delegations/${delegation.id}/${verb}`, WHY),
    }),
  ),
  {
    route: 'POST /v1/runs',
    entries: 1,
    about: 'agent',
    run: async ({ delegation, agentCaller }) => {
      const chain = await signRun([delegation.chain[1]], agentCaller.signer, { nth: 2 })
      return agentCaller.post('/v1/runs', { chain })
    },
  },
  {
    route: 'POST /v1/runs/:id/complete',
    entries: 1,
    about: 'agent',
    run: ({ run, agentCaller }) => agentCaller.post(`/v1/runs/${run.id}/complete`),
  },
  {
    route: 'POST /v1/runs/:id/revoke',
    entries: 1,
    about: 'agent',
    run: ({ run, agentCaller }) => agentCaller.post(`/v1/runs/${run.id}/revoke`, WHY),
  },
  ...(['suspend', 'revoke'] as const).map(
    (verb): Deed => ({
      route: `POST /v1/leases/${verb}`,
      entries: 1,
      about: 'agent',
      run: (world) => world.agentCaller.post(`/v1/leases/${verb}`, { ...leased(world), ...WHY }),
    }),
  ),
  {
    route: 'POST /v1/emergency',
    entries: 1,
    run: (_, { admin }) =>
      admin.post('/v1/emergency', { kind: 'owner', name: 'did:key:zNobody', reason: 'stolen' }),
  },
  {
    route: 'POST /v1/signals/transmitters',
    entries: 1,
    run: (_, { admin }) =>
      admin.post('/v1/signals/transmitters', { issuer: 'https://login.example', audience: 'me' }),
  },
  {
    route: 'POST /v1/webhooks',
    entries: 1,
    run: (_, { admin }) => admin.post('/v1/webhooks', WEBHOOK),
  },
  {
    route: 'POST /v1/principals',
    entries: 1,
    run: async (_, { admin, url }) =>
      admin.post('/v1/principals', { did: (await newCaller(url)).did, role: 'auditor' }),
  },
]

describe('every route', () => {
  let service: Awaited<ReturnType<typeof startTestService>>
  let world: World

  beforeAll(async () => {
    service = await startTestService({ signalIssuers: ['https://login.example'] })
    world = await buildWorld(service.url, service.admin)
  }, 60_000)
  afterAll(() => service.close())

  async function entries(): Promise<Json[]> {
    const items: Json[] = []
    for (let after = ''; ; ) {
      const { json } = await service.admin.get(`/v1/audit?limit=200${after}`)
      items.push(...json.items)
      if (json.next === undefined) return items
      after = `&after=${json.next}`
    }
  }

  it('that only reads leaves no entry in the audit trail, whoever calls', async () => {
    const before = (await entries()).length
    for (const { path } of READING) {
      for (const caller of [service.admin, world.ownerCaller, world.agentCaller]) {
        await caller.get(pathOf(path, world))
      }
    }

    expect(await entries()).toHaveLength(before)
    expect(READING.length).toBeGreaterThan(10)
  })

  it('that is refused leaves none either', async () => {
    const before = (await entries()).length
    for (const { method, path } of CHANGING) {
      const body = { unexpected: true }
      const url = pathOf(path, world)
      if (method === 'POST') await world.agentCaller.post(url, body)
      else if (method === 'PATCH') await world.agentCaller.patch(url, body)
      else if (method === 'PUT') await world.agentCaller.put(url, body)
      else await world.agentCaller.delete(url)
    }

    expect(await entries()).toHaveLength(before)
    expect(CHANGING.length).toBeGreaterThan(20)
  })

  it.each(DEEDS)(
    '$route is audited once for each step, by whom and for whom [A1]',
    async ({ entries: steps, about, run }) => {
      const own = await buildWorld(service.url, service.admin)
      const before = (await entries()).length

      const answer = await run(own, { admin: service.admin, url: service.url })

      expect(answer.status, answer.text).toBeLessThan(300)
      const left = (await entries()).slice(before)
      expect(left).toHaveLength(steps)
      for (const entry of left) {
        expect(entry).toMatchObject({
          requestId: answer.headers.get('x-request-id'),
          actor: expect.stringMatching(/^did:key:/),
          ...(about !== undefined && { ownerId: expect.stringMatching(/^own_/) }),
          ...(about === 'agent' && { agentId: expect.stringMatching(/^agt_/) }),
        })
      }
    },
  )
})

it('every route that changes something is limited, and says when it goes on', async () => {
  const service = await startTestService({ writesPerMinute: { perPrincipal: 10 } })
  try {
    const world = await buildWorld(service.url, service.admin)
    const exhaust = async (caller: Caller) => {
      for (let i = 0; i < 10; i++) await caller.post('/v1/delegations/urn:uuid:nobody/revoke')
    }
    await exhaust(service.admin)
    await exhaust(world.agentCaller)

    for (const { method, path, access } of CHANGING) {
      const caller = [...access].includes('admin') ? service.admin : world.agentCaller
      const url = pathOf(path, world)
      const { get: GET, post: POST, put: PUT, patch: PATCH, delete: DELETE } = caller
      const answer = await { GET, POST, PUT, PATCH, DELETE }[method](url)

      expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} 429`)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect((await service.admin.get('/v1/whoami')).status).toBe(200)
  } finally {
    await service.close()
  }
})
