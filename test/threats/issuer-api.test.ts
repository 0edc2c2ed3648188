import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addOwner, newCaller, startTestService } from '../helpers/issuer-service.ts'
import { buildWorld, type World } from '../helpers/issuer-world.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService({ tenants: ['aaa'] })
})
beforeEach(async () => {
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

describe('a revoker whom one owner names', () => {
  const newAgent = (owner: string, did: string) => ({ owner, did, name: 'Decoy', purpose: 'none' })

  it('is not taken away by another owner who registers that DID as an agent [AA-05]', async () => {
    const { ownerCaller: mallory, owner } = world
    const soc = await newCaller(service.url)
    const victim = await addOwner(service.admin, { revokers: [soc.did] })

    const taken = await mallory.post('/v1/agents', newAgent(owner.id, soc.did))
    const control = await mallory.post('/v1/agents', newAgent(owner.id, (await newCaller(service.url)).did))
    const suspended = await soc.post(`/v1/owners/${victim.id}/suspend`, { reason: 'looks odd' })

    expect(taken).toMatchObject({ status: 409, json: { code: 'did_in_use' } })
    expect(control.status).toBe(201)
    expect(suspended).toMatchObject({ status: 200, json: { suspended: true } })
  })
})
