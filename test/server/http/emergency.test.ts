import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { Did } from '../../../src/model/did.ts'
import { openEmergency } from '../../../src/status/emergency.ts'
import { type Answer, send, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'
import { acceptedValue } from '../../helpers/signers.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService({ publisher: { coalesceMs: 10 } })
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

const STOLEN = { kind: 'owner', name: 'did:key:zStolen', reason: 'stolen' }

function problem({ status, json }: Answer): string {
  return `${status} ${json.code}`
}

function served(): Promise<Answer> {
  return send(`${service.url}/status/acme/emergency`, {})
}

async function published(): Promise<Answer> {
  for (let i = 0; i < 200; i++) {
    const answer = await served()
    if (answer.status === 200) return answer
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('it is published within 2 s')
}

describe('the emergency list', () => {
  it('says first what an entry hits, and changes nothing', async () => {
    const preview = async (kind: string, name: string) =>
      (await service.admin.post('/v1/emergency', { ...STOLEN, kind, name, dryRun: true })).json
    const { owner, agentCaller } = world
    const { json } = await service.admin.get('/v1/keys')
    const statusKey = json.items.find(({ use }: { use: string }) => use === 'status').id
    const { authority } = service.initialized.tenant

    expect(await preview('owner', STOLEN.name)).toEqual({ dryRun: true, is: 'nobody' })
    expect(await preview('owner', owner.did)).toMatchObject({ is: 'owner', agents: 1, delegations: 1 })
    const agentKey = `${agentCaller.did}#${agentCaller.did.slice('did:key:'.length)}`
    expect(await preview('key', agentKey)).toMatchObject({ is: 'agent', agents: 1 })
    expect(await preview('key', statusKey)).toEqual({ dryRun: true, is: 'service_key' })
    expect(await preview('authority', authority)).toEqual({ dryRun: true, is: 'authority' })
    expect((await service.admin.get('/v1/emergency')).json.items).toEqual([])
    expect(problem(await served())).toBe('404 not_found')
  })

  it('refuses names that are none, and another authority', async () => {
    const add = async (kind: string, name: string) =>
      problem(await service.admin.post('/v1/emergency', { ...STOLEN, kind, name }))

    expect(await add('owner', 'Ada')).toBe('422 invalid_request')
    expect(await add('owner', 'did:key:zA#zA')).toBe('422 invalid_request')
    expect(await add('key', 'did:key:zA')).toBe('422 invalid_request')
    expect(await add('authority', 'did:key:zA')).toBe('422 invalid_request')
  })

  it('is listed, audited, and published by the authority for a second', async () => {
    const added = await service.admin.post('/v1/emergency', STOLEN)
    const again = await service.admin.post('/v1/emergency', STOLEN)
    const answer = await published()

    expect(added).toMatchObject({ status: 200, json: { number: 1, ...STOLEN } })
    expect(again.json).toEqual(added.json)
    expect((await service.admin.get('/v1/emergency')).json.items).toEqual([added.json])
    expect(answer.headers.get('content-type')).toBe('application/procura-emergency+jwt')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1')
    const authority = service.initialized.tenant.authority as Did
    const trust = { authority, resolver: createDidResolver(), now: Date.now() }
    expect(acceptedValue(await openEmergency(answer.text, trust)).owners).toEqual([STOLEN.name])
  })
})
