import { expect, it, onTestFinished, vi } from 'vitest'
import { createVerifier, type TrustEntry } from '../../src/verifier/index.ts'
import { startTestService } from '../helpers/issuer-service.ts'
import { startWorld } from './rotation-world.ts'

it('an owner who leaves takes the agent along for a verifier in sync, which fetches what changed and no list', async () => {
  const service = await startTestService({ publisher: { coalesceMs: 20 } })
  onTestFinished(() => service.close())
  const { agent, origin, ownerId } = await startWorld(service)
  const asked: string[] = []
  const verifier = createVerifier({
    audience: `${origin}/`,
    trust: [service.initialized.trust as TrustEntry],
    freshness: { '*': 'sensitive' },
    bearer: ['mail.read'],
    fetch: async (input, init) => {
      asked.push(new URL(String(input)).pathname.split('/')[3] ?? '')
      return await fetch(input, init)
    },
  })
  onTestFinished(() => verifier.close())
  const token = await agent.token({ audience: `${origin}/` })
  const code = async () => {
    await verifier.sync()
    const verdict = await verifier.verifyToken(token, { action: 'mail.read' })
    return verdict.verified ? 'verified' : verdict.refusal.code
  }
  await vi.waitFor(async () => expect(await code()).toBe('verified'), { timeout: 10_000, interval: 50 })
  asked.length = 0
  await service.admin.post(`/v1/owners/${ownerId}/offboard`, { reason: 'left' })

  await vi.waitFor(async () => expect(await code()).toBe('revoked'), { timeout: 10_000, interval: 20 })
  expect(new Set(asked)).toEqual(new Set(['head', 'changes']))
})

it('a revocation is refused as soon as it is published, by a verifier whose next look is far off', async () => {
  const service = await startTestService({ publisher: { coalesceMs: 20 } })
  onTestFinished(() => service.close())
  const { agent, origin, ownerId } = await startWorld(service)
  const verifier = createVerifier({
    audience: `${origin}/`,
    trust: [service.initialized.trust as TrustEntry],
    freshness: { '*': 'sensitive' },
    bearer: ['mail.read'],
  })
  onTestFinished(() => verifier.close())
  await verifier.start()
  await vi.waitFor(() => expect(verifier.status()).toMatchObject([{ isPushed: true }]), 20_000)
  const token = await agent.token({ audience: `${origin}/` })
  const code = async () => {
    const verdict = await verifier.verifyToken(token, { action: 'mail.read' })
    return verdict.verified ? 'verified' : verdict.refusal.code
  }
  expect(await code()).toBe('verified')
  await service.admin.post(`/v1/owners/${ownerId}/offboard`, { reason: 'left' })
  const acknowledgedAt = performance.now()

  await vi.waitFor(async () => expect(await code()).toBe('revoked'), { timeout: 10_000, interval: 5 })
  expect(performance.now() - acknowledgedAt).toBeLessThan(5_000) // looks are 24 s apart at least
})
