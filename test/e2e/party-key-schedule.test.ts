import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunningService, startService } from '../../src/server/start-service.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  newCaller,
  startTestService,
  type TestService,
} from '../helpers/issuer-service.ts'

const DAY = 86_400_000

/** How far the clock of everybody here is ahead, in milliseconds; it goes on. */
let ahead: number
const clock = () => Date.now() + ahead

let issuer: TestService
let service: RunningService

beforeEach(async () => {
  ahead = 0
  issuer = await startTestService({ clock })
  service = issuer.service
})

afterEach(async () => {
  await service.close()
  await issuer.close()
})

async function restartAt(time: number): Promise<void> {
  await service.close()
  ahead = time - Date.now()
  service = await startService({ dataDir: issuer.dataDir, logLevel: 'silent', clock })
}

describe('the keys of an owner and its agent', () => {
  it('are replaced by schedule: those in custody by the service, the others by whoever is told that they are due [I10]', async () => {
    const owner = await addOwner(issuer.admin)
    const { caller, agent } = await addAgent(issuer.url, issuer.admin, owner.id)
    const delegation = await addDelegation(issuer.admin, agent.id, { lifetimeSeconds: 90 * 86_400 })
    expect(owner).not.toHaveProperty('keyDueAt')
    const scheduled = await issuer.admin.post('/v1/keys/schedule', { use: 'owner', rotateAfterDays: 30 })
    await issuer.admin.post('/v1/keys/schedule', { use: 'agent', rotateAfterDays: 30 })
    const before = (await issuer.admin.get(`/v1/owners/${owner.id}`)).json

    await restartAt(Date.parse(before.keyDueAt))
    const present = async () => (await issuer.admin.get(`/v1/owners/${owner.id}`)).json
    await expect.poll(async () => (await present()).did, { timeout: 10_000 }).not.toBe(owner.did)
    await expect.poll(async () => 'credential' in (await present())).toBe(true)
    const fetched = await caller.post(`/v1/delegations/${delegation.id}/credential`, {})
    const next = await newCaller(issuer.url)
    const rotated = await caller.post(`/v1/agents/${agent.id}/keys`, { did: next.did })

    expect(scheduled.json).toEqual({ use: 'owner', rotateAfterDays: 30 })
    expect(Date.parse((await present()).keyDueAt) - clock()).toBeGreaterThan(29 * DAY)
    expect(fetched.json.chain[0]).not.toBe(delegation.chain[0])
    expect(Date.parse(fetched.json.keyDueAt)).toBeLessThanOrEqual(clock() + 60_000)
    expect(Date.parse(rotated.json.keyDueAt) - clock()).toBeGreaterThan(29 * DAY)
    const { items } = (await issuer.admin.get('/v1/audit?limit=100')).json
    expect(items).toContainEqual(
      expect.objectContaining({ action: 'owner.rotate', target: owner.id, role: 'service' }),
    )
  })
})
