import { describe, expect, it } from 'vitest'
import type { Agent } from '../../src/holder/agent.ts'
import type { AgentOptions } from '../../src/holder/create-agent.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { formatReference } from '../../src/securing/http-signature/agent-delegation.ts'
import { digestChain } from '../../src/securing/http-signature/chain-upload.ts'
import { AGENT_DELEGATION_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { leaseJson } from '../helpers/credentials.ts'
import { type Answer, proofOutcome, type RecordedRequest, startServer } from '../helpers/recording-server.ts'
import { agentOptions, agentSigner, type ChainFacts, issueChain, NOW } from './fixtures.ts'

const PATH = '/.well-known/agent-delegation'
/** What makes a chain too long for a request field. */
const LONG: ChainFacts = {
  subject: {
    statusLease: [leaseJson(...Array.from({ length: 256 }, (_, i) => 2_000_000_000 + i))],
    purpose: '€'.repeat(512),
  },
}

async function longAgent(options: Partial<AgentOptions> = {}): Promise<Agent> {
  return createAgent({ ...(await agentOptions(LONG)), ...options })
}

function problem(code: string, status = 401, members: object = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { code, status, ...members },
  }
}

/** A service provider that keeps what it is sent, and answers the path otherwise. */
function service(answer: (request: RecordedRequest) => Answer = () => ({ body: 'hello' })) {
  return startServer((request) => (request.target === PATH ? { status: 204 } : answer(request)))
}

function outcome(request: RecordedRequest | undefined, origin: string): Promise<string> {
  return proofOutcome(request, { origin, profile: AGENT_DELEGATION_PROFILE, now: NOW, signer: agentSigner })
}

function targets(requests: readonly RecordedRequest[]): string[] {
  return requests.map(({ method, target }) => `${method} ${target}`)
}

describe('agent.fetch with a chain that no request field holds', () => {
  it('sends the chain in advance, signed, and refers to it', async () => {
    const { origin, requests } = await service()
    const agent = await longAgent()

    const response = await agent.fetch(`${origin}/inbox`)

    const [sent, used] = requests
    const reference = formatReference(digestChain(agent.chain))
    expect(await response.text()).toBe('hello')
    expect(targets(requests)).toEqual([`POST ${PATH}`, 'GET /inbox'])
    expect(JSON.parse(new TextDecoder().decode(sent?.body))).toEqual({ chain: agent.chain })
    expect(sent?.header('content-type')).toBe('application/json')
    expect([sent, used].map((request) => request?.header('agent-delegation'))).toEqual([reference, reference])
    expect(await outcome(sent, origin)).toBe('accepted')
    expect(await outcome(used, origin)).toBe('accepted')
  })

  it('sends it once to each origin, however many requests begin at once', async () => {
    const [one, other] = [await service(), await service()]
    const { fetch } = await longAgent()

    await Promise.all([fetch(`${one.origin}/1`), fetch(`${one.origin}/2`), fetch(`${other.origin}/3`)])
    await fetch(`${one.origin}/4`)

    expect(targets(one.requests).filter((target) => target.endsWith(PATH))).toHaveLength(1)
    expect(one.requests).toHaveLength(4)
    expect(targets(other.requests)).toEqual([`POST ${PATH}`, 'GET /3'])
  })

  it('sends it again, once, when the service provider has lost it', async () => {
    let lost = 1
    const { origin, requests } = await service(() =>
      lost-- > 0 ? problem('chain_required') : { body: 'hello' },
    )
    const agent = await longAgent()

    const response = await agent.fetch(`${origin}/send`, { method: 'POST', body: 'mail' })

    expect(await response.text()).toBe('hello')
    expect(targets(requests)).toEqual([`POST ${PATH}`, 'POST /send', `POST ${PATH}`, 'POST /send'])
    expect(new TextDecoder().decode(requests[3]?.body)).toBe('mail')
  })

  it('answers the refusal of a service provider that loses it for ever', async () => {
    const { origin, requests } = await service(() => problem('chain_required'))

    const response = await (await longAgent()).fetch(`${origin}/inbox`)

    expect(await response.json()).toMatchObject({ code: 'chain_required' })
    expect(requests).toHaveLength(4)
  })

  it.each([
    ['another code', problem('holder_proof_invalid')],
    ['what is no problem document', { status: 401, body: { code: 'chain_required' } }],
  ])('does not send it again for %s', async (_, answer) => {
    const { origin, requests } = await service(() => answer)

    expect((await (await longAgent()).fetch(`${origin}/inbox`)).status).toBe(401)
    expect(targets(requests)).toEqual([`POST ${PATH}`, 'GET /inbox'])
  })

  it('answers the problem of a service provider that refuses the chain, to everyone who waits, and tries again later', async () => {
    const { origin, requests } = await startServer(() => problem('revoked', 401, { link: 1 }))
    const { fetch } = await longAgent()

    const answers = await Promise.all([fetch(`${origin}/1`), fetch(`${origin}/2`)])

    for (const answer of answers) expect(await answer.json()).toMatchObject({ code: 'revoked', link: 1 })
    expect(targets(requests)).toEqual([`POST ${PATH}`])
    await fetch(`${origin}/3`)
    expect(requests).toHaveLength(2)
  })

  it('fetches its chain again when that is refused as out of date, and sends the new one', async () => {
    const renewed = await issueChain({ ...LONG, issuedAt: NOW - 1000 })
    const issuer = await startServer(() => ({ body: { chain: renewed } }))
    const reference = formatReference(digestChain(renewed))
    const { origin, requests } = await startServer((request) => {
      if (request.header('agent-delegation') !== reference) return problem('revoked', 401, { refresh: true })
      return request.target === PATH ? { status: 204 } : { body: 'hello' }
    })
    const agent = await longAgent({ issuer: issuer.origin })

    expect(await (await agent.fetch(`${origin}/inbox`)).text()).toBe('hello')
    expect(targets(requests)).toEqual([`POST ${PATH}`, `POST ${PATH}`, 'GET /inbox'])
  })

  it.each([
    ['does not know the path', { status: 404, body: 'not found' }],
    ['redirects', { status: 307, headers: { location: 'https://elsewhere.example/' } }],
    ['answers at length', problem('malformed', 401, { detail: 'x'.repeat(65_536) })],
  ])('says so when a service provider %s', async (_, answer) => {
    const { origin, requests } = await startServer(() => answer)

    await expect((await longAgent()).fetch(`${origin}/inbox`)).rejects.toMatchObject({
      code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE',
      message: expect.stringMatching(/7680 bytes.*\/\.well-known\/agent-delegation/),
    })
    expect(targets(requests)).toEqual([`POST ${PATH}`])
  })

  it('never sends it to where a redirect leads beyond the origin', async () => {
    const away = await service()
    const home = await service(() => ({ status: 302, headers: { location: `${away.origin}/other` } }))

    await (await longAgent()).fetch(`${home.origin}/inbox`)

    expect(targets(away.requests)).toEqual(['GET /other'])
    expect(away.requests[0]?.fields).not.toContain('agent-delegation')
  })

  it('can be aborted by one caller while others wait on', async () => {
    let release = () => {}
    const kept = new Promise<void>((resolve) => {
      release = resolve
    })
    const { origin } = await startServer(async ({ target }) => {
      if (target === PATH) await kept
      return { body: 'hello' }
    })
    const { fetch } = await longAgent()
    const patient = fetch(`${origin}/1`)

    await expect(fetch(`${origin}/2`, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    await expect(fetch(`${origin}/3`, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    release()
    expect(await (await patient).text()).toBe('hello')
  })

  it('presents a chain that fits in the field, and sends nothing in advance', async () => {
    const { origin, requests } = await service()

    await (await createAgent(await agentOptions())).fetch(`${origin}/inbox`)

    expect(targets(requests)).toEqual(['GET /inbox'])
  })
})
