import { describe, expect, it, vi } from 'vitest'
import type { Agent } from '../../src/holder/agent.ts'
import type { AgentOptions } from '../../src/holder/create-agent.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { AGENT_DELEGATION_PROFILE, PROCURA_API_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { type Answer, proofOutcome, type RecordedRequest, startServer } from '../helpers/recording-server.ts'
import { agentOptions, agentSigner, issueChain, MAIL, NOW } from './fixtures.ts'

const REFRESH_ASKED: Answer = {
  status: 401,
  headers: { 'content-type': 'application/problem+json' },
  body: { title: 'revoked', status: 401, code: 'revoked', link: 0, refresh: true },
}

async function agentWith(options: Partial<AgentOptions> = {}): Promise<Agent> {
  return createAgent({ ...(await agentOptions()), ...options })
}

function outcome(request: RecordedRequest | undefined, origin: string): Promise<string> {
  return proofOutcome(request, { origin, profile: AGENT_DELEGATION_PROFILE, now: NOW, signer: agentSigner })
}

function text(request: RecordedRequest | undefined): string {
  return new TextDecoder().decode(request?.body)
}

function nonceOf(request: RecordedRequest | undefined): string {
  return /nonce="([^"]+)"/.exec(request?.header('signature-input') ?? '')?.[1] ?? ''
}

describe('agent.fetch', () => {
  it('presents its chain and signs method and URL', async () => {
    const { origin, requests } = await startServer(() => ({ body: 'hello' }))
    const agent = await agentWith()

    const response = await agent.fetch(`${origin}/inbox?folder=1#top`)

    expect(await response.text()).toBe('hello')
    expect(requests[0]?.target).toBe('/inbox?folder=1')
    expect(requests[0]?.header('agent-delegation')).toBe(formatAgentDelegation(agent.chain))
    expect(await outcome(requests[0], origin)).toBe('accepted')
  })

  it('shows of SD-JWTs only the grants for the URL, and for the actions that its caller names', async () => {
    const { origin, requests } = await startServer(() => ({}))
    const grants = [
      { ...MAIL, locations: [`${origin}/`], actions: ['mail.read'] },
      { ...MAIL, locations: [`${origin}/`], actions: ['mail.send'] },
      MAIL,
    ]
    const chain = await issueChain({ subject: { authorizationDetails: grants }, mechanism: 'vc+sd-jwt' })
    const agent = await agentWith({ chain })

    await agent.fetch(`${origin}/inbox`, { actions: ['mail.read'] })
    await agent.fetch(`${origin}/inbox`)

    const disclosures = requests.map((request) => request.header('agent-delegation')?.split('~').length)
    expect(disclosures).toEqual([3, 4])
    expect(await outcome(requests[0], origin)).toBe('accepted')
  })

  it.each([
    ['text', 'hello', 'text/plain;charset=UTF-8'],
    ['bytes', new TextEncoder().encode('hello'), 'application/octet-stream'],
    ['a blob', new Blob(['hello'], { type: 'text/x-mail' }), 'text/x-mail'],
    ['a stream', new Blob(['hel', 'lo']).stream(), 'application/octet-stream'],
  ])('signs the digest and the type of a body of %s', async (_, body, type) => {
    const { origin, requests } = await startServer(() => ({}))

    await (await agentWith()).fetch(`${origin}/send`, { method: 'POST', body })

    expect(text(requests[0])).toBe('hello')
    expect(requests[0]?.header('content-type')).toBe(type)
    expect(await outcome(requests[0], origin)).toBe('accepted')
  })

  it('signs what a Request says, with the headers of the caller', async () => {
    const { origin, requests } = await startServer(() => ({}))
    const request = new Request(new URL('/send', origin), {
      method: 'PUT',
      body: '{}',
      headers: { 'content-type': 'application/json', 'x-trace': '7' },
    })

    await (await agentWith()).fetch(request)

    expect(requests[0]).toMatchObject({ method: 'PUT', target: '/send' })
    expect(requests[0]?.header('x-trace')).toBe('7')
    expect(await outcome(requests[0], origin)).toBe('accepted')
  })

  it('works when it is handed around without its agent', async () => {
    const { origin, requests } = await startServer(() => ({}))
    const { fetch } = await agentWith()

    await fetch(new URL('/inbox', origin))

    expect(await outcome(requests[0], origin)).toBe('accepted')
  })

  it('takes the place of a chain that the caller has put into the headers', async () => {
    const { origin, requests } = await startServer(() => ({}))

    await (await agentWith()).fetch(origin, { headers: { 'agent-delegation': '"other"' } })

    expect(await outcome(requests[0], origin)).toBe('accepted')
    expect(requests[0]?.header('agent-delegation')).not.toContain('"other"')
  })

  it("stands beside someone else's signature", async () => {
    const { origin, requests } = await startServer(() => ({}))
    const headers = {
      'signature-input': 'proxy=("@method");created=1;tag="proxy"',
      signature: 'proxy=:AAAA:',
    }

    await (await agentWith()).fetch(origin, { headers })

    expect(requests[0]?.header('signature')).toMatch(/^proxy=:AAAA:, agent-delegation=/)
    expect(await outcome(requests[0], origin)).toBe('accepted')
  })

  it('uses a fresh nonce for each request [HP-04]', async () => {
    const { origin, requests } = await startServer(() => ({}))
    const agent = await agentWith()

    await agent.fetch(origin)
    await agent.fetch(origin)

    expect(nonceOf(requests[0])).toMatch(/^[\w-]{22}$/)
    expect(nonceOf(requests[0])).not.toBe(nonceOf(requests[1]))
  })

  it('refuses a body over 16 MiB before anything is sent', async () => {
    const { origin, requests } = await startServer(() => ({}))
    const body = new Uint8Array(16 * 1024 * 1024 + 1)

    await expect((await agentWith()).fetch(origin, { method: 'POST', body })).rejects.toMatchObject({
      code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('16777216'),
    })
    expect(requests).toHaveLength(0)
  })

  it('can be aborted', async () => {
    const { origin } = await startServer(() => 'hang')
    const signal = AbortSignal.timeout(50)

    await expect((await agentWith()).fetch(origin, { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})

describe('agent.fetch along redirects', () => {
  it('signs anew within the origin, with a nonce of its own', async () => {
    const { origin, requests } = await startServer(({ target }) =>
      target === '/old' ? { status: 307, headers: { location: '/new' } } : { body: 'moved' },
    )

    const response = await (await agentWith()).fetch(`${origin}/old`, { method: 'POST', body: 'hello' })

    expect(await response.text()).toBe('moved')
    expect(requests.map(({ method, target }) => `${method} ${target}`)).toEqual(['POST /old', 'POST /new'])
    expect(await outcome(requests[1], origin)).toBe('accepted')
    expect(nonceOf(requests[1])).not.toBe(nonceOf(requests[0]))
    expect(text(requests[1])).toBe('hello')
  })

  it('signs the GET that a 303 asks for after a POST', async () => {
    const { origin, requests } = await startServer(({ method }) =>
      method === 'POST' ? { status: 303, headers: { location: '/result' } } : {},
    )

    await (await agentWith()).fetch(`${origin}/send`, { method: 'POST', body: 'hello' })

    expect(requests[1]).toMatchObject({ method: 'GET', target: '/result' })
    expect(requests[1]?.fields).not.toContain('content-digest')
    expect(await outcome(requests[1], origin)).toBe('accepted')
  })

  it('drops chain and signature when it leaves the origin, and does not take them up again', async () => {
    const target = await startServer(({ target }) =>
      target === '/back' ? { status: 302, headers: { location: `${home.origin}/end` } } : {},
    )
    const home = await startServer(({ target: path }) =>
      path === '/start' ? { status: 302, headers: { location: `${target.origin}/back` } } : {},
    )

    await (await agentWith()).fetch(`${home.origin}/start`, { headers: { authorization: 'Bearer x' } })

    const [away] = target.requests
    const [start, back] = home.requests
    expect(start?.fields).toContain('agent-delegation')
    for (const request of [away, back]) {
      expect(request).toBeDefined()
      for (const field of ['agent-delegation', 'signature', 'signature-input', 'authorization']) {
        expect(request?.fields).not.toContain(field)
      }
    }
  })

  it('gives up after 10', async () => {
    const { origin, requests } = await startServer(() => ({ status: 302, headers: { location: '/again' } }))

    await expect((await agentWith()).fetch(origin)).rejects.toThrow(TypeError)
    expect(requests).toHaveLength(11)
  })

  it("hands the redirect to a caller who said redirect: 'manual'", async () => {
    const { origin, requests } = await startServer(() => ({ status: 302, headers: { location: '/new' } }))

    const response = await (await agentWith()).fetch(origin, { redirect: 'manual' })

    expect(response.status).toBe(302)
    expect(requests).toHaveLength(1)
  })

  it("fails for a caller who said redirect: 'error'", async () => {
    const { origin, requests } = await startServer(() => ({ status: 302, headers: { location: '/new' } }))

    await expect((await agentWith()).fetch(origin, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(requests).toHaveLength(1)
  })

  it('says so where the platform hides redirects', async () => {
    const hidden = Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' })
    const agent = await agentWith({ fetch: async () => hidden })

    await expect(agent.fetch('https://mail.example/')).rejects.toThrow(/hides redirects/)
  })
})

describe('agent.fetch with an issuer', () => {
  it('fetches its chain again and sends once more when it is refused as out of date', async () => {
    const renewed = await issueChain({ issuedAt: NOW - 1000 })
    const issuer = await startServer(() => ({ body: { chain: renewed } }))
    const { origin, requests } = await startServer((request) =>
      request.header('agent-delegation') === formatAgentDelegation(renewed) ? { body: 'ok' } : REFRESH_ASKED,
    )
    const agent = await agentWith({ issuer: issuer.origin })

    const response = await agent.fetch(`${origin}/send`, {
      method: 'POST',
      body: new Blob(['hello']).stream(),
    })

    expect(response.status).toBe(200)
    expect(requests).toHaveLength(2)
    expect(text(requests[1])).toBe('hello')
    expect(await outcome(requests[1], origin)).toBe('accepted')
    expect(nonceOf(requests[1])).not.toBe(nonceOf(requests[0]))
    expect(agent.chain).toEqual(renewed)
  })

  it('asks the issuer with a request that the agent signed, for its own delegation', async () => {
    const issuer = await startServer(async () => ({ body: { chain: await issueChain() } }))
    const agent = await agentWith({ issuer: issuer.origin })

    await agent.refresh()

    expect(issuer.requests[0]).toMatchObject({
      method: 'POST',
      target:
        '/v1/delegations/urn%3Auuid%3A00000000-0000-4000-8000-000000000001/credential?mechanism=vc%2Bjwt',
    })
    const proof = { origin: issuer.origin, profile: PROCURA_API_PROFILE, now: NOW, signer: agentSigner }
    expect(await proofOutcome(issuer.requests[0], proof)).toBe('accepted')
  })

  it('sends once more only once', async () => {
    let issued = NOW
    const issuer = await startServer(async () => ({
      body: { chain: await issueChain({ issuedAt: ++issued }) },
    }))
    const { origin, requests } = await startServer(() => REFRESH_ASKED)

    const response = await (await agentWith({ issuer: issuer.origin })).fetch(origin)

    expect(await response.json()).toMatchObject({ code: 'revoked' })
    expect(requests).toHaveLength(2)
    expect(issuer.requests).toHaveLength(1)
  })

  it('leaves a refusal that says nothing of refreshing to the caller, readable', async () => {
    const issuer = await startServer(() => ({}))
    const { origin, requests } = await startServer(() => ({
      status: 403,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
      body: { code: 'not_authorized' },
    }))

    const response = await (await agentWith({ issuer: issuer.origin })).fetch(origin)

    expect(await response.json()).toEqual({ code: 'not_authorized' })
    expect(requests).toHaveLength(1)
    expect(issuer.requests).toHaveLength(0)
  })

  it.each([
    ['another content type', { ...REFRESH_ASKED, headers: { 'content-type': 'application/json' } }],
    ['a success', { ...REFRESH_ASKED, status: 200 }],
    ['a member of another type', { ...REFRESH_ASKED, body: { refresh: 'true' } }],
    ['a body that is no JSON', { ...REFRESH_ASKED, body: '{' }],
    ['a body over 64 KiB', { ...REFRESH_ASKED, body: `{"refresh":true}${' '.repeat(65_536)}` }],
  ])('does not take %s for the wish to refresh', async (_, answer) => {
    const issuer = await startServer(() => ({}))
    const { origin } = await startServer(() => answer)

    const response = await (await agentWith({ issuer: issuer.origin })).fetch(origin)

    expect(issuer.requests).toHaveLength(0)
    expect((await response.text()).length).toBeGreaterThan(0)
  })

  it('answers the refusal when the issuer has nothing newer', async () => {
    const chain = await issueChain()
    const issuer = await startServer(() => ({ body: { chain } }))
    const { origin, requests } = await startServer(() => REFRESH_ASKED)

    const response = await (await agentWith({ chain, issuer: issuer.origin })).fetch(origin)

    expect(response.status).toBe(401)
    expect(requests).toHaveLength(1)
  })

  it('takes an answer without a chain for an issuer that is not reached', async () => {
    const issuer = await startServer(() => ({ body: { chain: [] } }))
    const agent = await agentWith({ issuer: issuer.origin })

    await expect(agent.refresh()).rejects.toMatchObject({ code: 'ERR_PROCURA_ISSUER_UNREACHABLE' })
  })

  it('renews in the background at half life and saves what it got', async () => {
    const renewed = await issueChain({ issuedAt: NOW + 12 * 3_600_000 })
    const issuer = await startServer(() => ({ body: { chain: renewed } }))
    const { origin } = await startServer(() => ({}))
    const saveChain = vi.fn(async () => {})
    const storage = { loadChain: async () => undefined, saveChain, reserveIndex: async () => false }
    const agent = await agentWith({ issuer: issuer.origin, storage, clock: () => NOW + 13 * 3_600_000 })

    await agent.fetch(origin)

    await vi.waitFor(() => expect(agent.chain).toEqual(renewed))
    await vi.waitFor(() => expect(saveChain).toHaveBeenLastCalledWith(renewed))
  })

  it('tells when renewing in the background failed', async () => {
    const { origin } = await startServer(() => ({}))
    const onRefreshFailed = vi.fn()
    const clock = () => NOW + 13 * 3_600_000
    const agent = await agentWith({ issuer: 'http://127.0.0.1:9', onRefreshFailed, clock })

    expect((await agent.fetch(origin)).status).toBe(200)

    await vi.waitFor(() => expect(onRefreshFailed).toHaveBeenCalled())
  })

  it('does not send when the delegation has ended', async () => {
    const { origin, requests } = await startServer(() => ({}))
    const agent = await agentWith({ clock: () => NOW + 24 * 3_600_000 })

    await expect(agent.fetch(origin)).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
    expect(requests).toHaveLength(0)
  })
})
