import { decodeJwt } from 'jose'
import { expect, it, onTestFinished, vi } from 'vitest'
import { SESSION_REVOKED } from '../../src/server/streams/event-types.ts'
import { startEventReceiver } from '../helpers/event-receiver.ts'
import { addOwner, send, startTestService } from '../helpers/issuer-service.ts'
import { AUDIENCE, SSF } from '../helpers/signal-transmitter.ts'

const AUTHORIZATION = 'Bearer agreed-upon-with-the-transmitter'
const WAIT = { timeout: 20_000, interval: 50 }

function typesIn(token: string): readonly string[] {
  return Object.keys(decodeJwt<{ readonly events: object }>(token).events)
}

it('an issuer takes what another issuer transmits, and does nothing that it does not ask for', async () => {
  const post = await startEventReceiver()
  const sender = await startTestService({ deliveryHosts: [post.host] })
  const receiver = await startTestService({ signalIssuers: [sender.url] })
  onTestFinished(async () => {
    await Promise.all([sender.close(), receiver.close()])
    await post.stop()
  })
  const delivery = {
    method: 'urn:ietf:rfc:8935',
    endpoint_url: post.url,
    authorization_header: AUTHORIZATION,
  }
  const stream = (await sender.admin.post('/v1/signals/stream', { aud: AUDIENCE, delivery })).json
  await sender.admin.post('/v1/signals/verify', { stream_id: stream.stream_id })
  const left = await addOwner(sender.admin)
  await sender.admin.post(`/v1/owners/${left.id}/offboard`, { reason: 'left' })
  const wanted = expect.arrayContaining([`${SSF}verification`, SESSION_REVOKED])
  await vi.waitFor(() => expect(post.received.flatMap(({ token }) => typesIn(token))).toEqual(wanted), WAIT)

  const own = await addOwner(receiver.admin, { subject: { issuer: sender.url, subject: left.did } })
  const body = { issuer: sender.url, audience: AUDIENCE, authorization: AUTHORIZATION }
  const { endpoint } = (await receiver.admin.post('/v1/signals/transmitters', body)).json
  for (const { token, contentType, authorization } of post.received) {
    const headers = { 'content-type': String(contentType), authorization: String(authorization) }
    expect((await send(endpoint, { method: 'POST', headers, body: token })).status).toBe(202)
  }

  const [shown] = (await receiver.admin.get('/v1/signals/transmitters')).json.items
  expect(shown).toMatchObject({ verifiedAt: expect.any(String), receivedAt: expect.any(String) })
  expect(shown.refused).toBeUndefined()
  const { json } = await receiver.admin.get(`/v1/owners/${own.id}`)
  expect([json.state, json.suspended]).toEqual(['active', false])
})
