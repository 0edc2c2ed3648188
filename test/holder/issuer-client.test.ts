import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { createIssuerClient, type IssuerClient } from '../../src/holder/issuer-client.ts'
import { PROCURA_API_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { proofOutcome, startServer } from '../helpers/recording-server.ts'
import { alice, bob } from '../helpers/signers.ts'

const NOW = Date.parse('2026-11-22T09:00:00.000Z')

function clientOf(issuer: string, timeoutMs?: number): IssuerClient {
  const options = { issuer, signer: alice, clock: () => NOW, random: systemRandom }
  return createIssuerClient(timeoutMs === undefined ? options : { ...options, timeoutMs })
}

describe('createIssuerClient', () => {
  it('signs a call without a body, query included', async () => {
    const { origin, requests } = await startServer(() => ({ body: { items: [] } }))

    await clientOf(origin).call({ method: 'GET', path: '/v1/agents', query: { owner: 'own_1', limit: 5 } })

    expect(requests[0]?.target).toBe('/v1/agents?owner=own_1&limit=5')
    const proof = { origin, profile: PROCURA_API_PROFILE, now: NOW, signer: alice }
    expect(await proofOutcome(requests[0], proof)).toBe('accepted')
    expect(await proofOutcome(requests[0], { ...proof, signer: bob })).toBe('another key')
  })

  it('signs a call with a body and an idempotency key', async () => {
    const { origin, requests } = await startServer(() => ({ status: 201, body: { id: 'agt_1' } }))

    const answer = await clientOf(origin).call({
      method: 'POST',
      path: '/v1/agents',
      body: { name: 'triage' },
      idempotencyKey: 'k1',
    })

    expect(answer).toMatchObject({ status: 201, json: { id: 'agt_1' } })
    expect(new TextDecoder().decode(requests[0]?.body)).toBe('{"name":"triage"}')
    expect(requests[0]?.header('signature-input')).toContain('"idempotency-key"')
    const proof = { origin, profile: PROCURA_API_PROFILE, now: NOW, signer: alice }
    expect(await proofOutcome(requests[0], proof)).toBe('accepted')
  })

  it('leaves out a query parameter that is undefined', async () => {
    const { origin, requests } = await startServer(() => ({ body: {} }))

    await clientOf(origin).call({ method: 'GET', path: '/v1/agents', query: { after: undefined } })

    expect(requests[0]?.target).toBe('/v1/agents')
  })

  it('calls under the path of the base URL', async () => {
    const { origin, requests } = await startServer(() => ({ body: {} }))

    await clientOf(`${origin}/procura`).call({ method: 'GET', path: '/v1/whoami' })

    expect(requests[0]?.target).toBe('/procura/v1/whoami')
  })

  it('answers text that is no JSON', async () => {
    const { origin, requests } = await startServer(() => ({ body: 'a.b.c' }))

    const answer = await clientOf(origin).call({ method: 'GET', path: '/v1/x', accept: 'application/vc+jwt' })

    expect(answer).toEqual({ status: 200, text: 'a.b.c', json: undefined })
    expect(requests[0]?.header('accept')).toBe('application/vc+jwt')
  })

  it('throws what the issuer refused, with the facts of its problem document', async () => {
    const problem = {
      type: 'about:blank',
      status: 422,
      code: 'exceeds_entitlements',
      detail: 'the owner does not hold\nmail.send',
      dimension: 'actions',
    }
    const { origin } = await startServer(() => ({ status: 422, body: problem }))

    await expect(
      clientOf(origin).call({ method: 'POST', path: '/v1/delegations', body: {} }),
    ).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_REFUSED',
      message: 'the issuer refused (422 exceeds_entitlements): the owner does not hold mail.send',
      problem: {
        status: 422,
        code: 'exceeds_entitlements',
        detail: 'the owner does not hold mail.send',
        dimension: 'actions',
      },
    })
  })

  it('says which members of the request the issuer found wrong', async () => {
    const errors = [{ pointer: '/name', message: 'too\nlong' }, { pointer: 1 }, 'no']
    const { origin } = await startServer(() => ({ status: 422, body: { code: 'invalid_request', errors } }))

    await expect(clientOf(origin).call({ method: 'POST', path: '/v1/agents' })).rejects.toMatchObject({
      message: 'the issuer refused (422 invalid_request): /name too long',
      problem: { code: 'invalid_request', errors: [{ pointer: '/name', message: 'too long' }] },
    })
  })

  it('says the title of a problem that says nothing else', async () => {
    const body = { code: 'agent_suspended', title: 'The agent is suspended' }
    const { origin } = await startServer(() => ({ status: 409, body }))

    await expect(clientOf(origin).call({ method: 'POST', path: '/v1/delegations' })).rejects.toMatchObject({
      message: 'the issuer refused (409 agent_suspended): The agent is suspended',
      problem: { code: 'agent_suspended' },
    })
  })

  it('bounds the detail of a problem', async () => {
    const { origin } = await startServer(() => ({
      status: 404,
      body: { code: 'not_found', detail: 'x'.repeat(9999) },
    }))

    await expect(clientOf(origin).call({ method: 'GET', path: '/v1/x' })).rejects.toMatchObject({
      problem: { code: 'not_found', detail: 'x'.repeat(500) },
    })
  })

  it.each([
    ['a redirect', { status: 302, headers: { location: '/elsewhere' } }],
    ['a page of something in between', { status: 502, body: '<html>' }],
    ['a problem without a code', { status: 403, body: { title: 'no' } }],
    ['a problem with a code that is none', { status: 403, body: { code: 'No!' } }],
    ['text that is not UTF-8', { body: Uint8Array.of(0xff) }],
  ])('takes %s for an issuer that is not reached', async (_, answer) => {
    const { origin, requests } = await startServer(() => answer)

    await expect(clientOf(origin).call({ method: 'GET', path: '/v1/x' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
    })
    expect(requests).toHaveLength(1)
  })

  it('reads no more than 4 MiB', async () => {
    const { origin } = await startServer(() => ({ body: new Uint8Array(4 * 1024 * 1024 + 1) }))

    await expect(clientOf(origin).call({ method: 'GET', path: '/v1/x' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
      message: expect.stringContaining('too large'),
    })
  })

  it('gives up on an issuer that does not answer in time', async () => {
    const { origin } = await startServer(() => 'hang')

    await expect(clientOf(origin, 50).call({ method: 'GET', path: '/v1/x' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
      cause: expect.objectContaining({ name: 'TimeoutError' }),
    })
  })

  it('tells a closed port from a refusal', async () => {
    await expect(clientOf('http://127.0.0.1:9').call({ method: 'GET', path: '/v1/x' })).rejects.toMatchObject(
      {
        code: 'ERR_PROCURA_ISSUER_UNREACHABLE',
      },
    )
  })

  it.each(['/../x', '/v1/../../x', '/%2e%2e/x'])(
    'refuses the path %s, which leaves the base URL',
    async (path) => {
      await expect(
        clientOf('https://id.example/procura').call({ method: 'GET', path }),
      ).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_ARGUMENT',
      })
    },
  )

  it.each([
    'http://id.example',
    'ftp://id.example',
    'https://id.example/?q',
    'https://id.example/#f',
    'https://user@id.example',
    'id.example',
  ])('refuses the base URL %s', (issuer) => {
    expect(() => clientOf(issuer)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )
  })

  it.each(['https://id.example', 'https://id.example/procura', 'http://localhost:8080', 'http://[::1]:8080'])(
    'takes the base URL %s',
    (issuer) => {
      expect(clientOf(issuer).issuer).toMatch(/\/$/)
    },
  )
})
