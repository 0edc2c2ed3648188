import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../helpers/issuer-service.ts'
import { read, startAgent, startMailService } from './lifecycle-world.ts'

let issuer: TestService

beforeAll(async () => {
  issuer = await startTestService()
})
afterAll(() => issuer.close())

describe('an agent whose software is brought forward', () => {
  it('is admitted by a service provider that wants the newer version, from its next refresh on [L9]', async () => {
    const mail = await startMailService(issuer, {
      blocked: { software: [{ name: 'mailer', below: '2.1.0' }] },
    })
    const { agent, agentId } = await startAgent(issuer, mail, {
      software: { name: 'mailer', version: '2.0.9' },
    })
    const before = await read(mail, agent)

    await issuer.admin.patch(`/v1/agents/${agentId}`, { software: { name: 'mailer', version: '2.1.0' } })
    const unrefreshed = await read(mail, agent)
    await agent.refresh()

    expect([before, unrefreshed]).toEqual(['not_authorized', 'not_authorized'])
    expect(await read(mail, agent)).toMatchObject({ agent: agentId, kind: 'Agent' })
  })
})
