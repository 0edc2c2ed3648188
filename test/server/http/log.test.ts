import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { send, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld } from '../../helpers/issuer-world.ts'

it('logs which route was answered how, and no token, key, claim or name', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
  const service = await startTestService({ logger })
  onTestFinished(() => service.close())
  const { agent, delegation, agentCaller } = await buildWorld(service.url, service.admin)
  const answer = await agentCaller.post(`/v1/delegations/${delegation.id}/credential`)
  await service.admin.post(`/v1/agents/${agent.id}/revoke`, { reason: 'a secret reason' })
  await service.admin.post('/v1/agents', { did: 'did:key:zSecret' })

  const log = lines.join('')
  const line = lines
    .map((text) => JSON.parse(text))
    .find(({ requestId }) => requestId === answer.headers.get('x-request-id'))
  expect(line).toMatchObject({
    msg: 'answered',
    method: 'POST',
    route: '/v1/delegations/:id/credential',
    status: 200,
  })
  expect(log).not.toMatch(/eyJ|did:key|\bAda\b|Triage|secret|mail\.read|nonce|"d"|urn:uuid/i)
  expect(lines.length).toBeGreaterThan(5)
})

it('has no failure for a probe that learns that the service is not ready', async () => {
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
  let aheadMs = 0
  const service = await startTestService({ logger, clock: () => Date.now() + aheadMs })
  onTestFinished(() => service.close())
  aheadMs = -3_600_000
  const answer = await send(`${service.url}/readyz`)
  const id = answer.headers.get('x-request-id')
  const said = lines.map((text) => JSON.parse(text)).filter(({ requestId }) => requestId === id)

  expect(answer.status).toBe(503)
  expect(said.map(({ msg }) => msg)).toEqual(['answered'])
})
