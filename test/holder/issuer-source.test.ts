import { describe, expect, it, vi } from 'vitest'
import { createAgentFrom } from '../../src/holder/create-agent.ts'
import { issuerSource } from '../../src/holder/issuer-source.ts'
import { agentOptions, DAY, fakeClock, held, issueChain, MAIL, NOW } from './fixtures.ts'

const ONCE = { ...MAIL, constraints: [{ kind: 'count', id: 'once', max: 1 }] }
const DAILY = { ...MAIL, constraints: [{ kind: 'count', id: 'daily', max: 1, per: 'P1D' }] }

/** How the issuer is asked for the chain of an agent with one grant. */
async function asked(grant: object, options = {}): Promise<string | undefined> {
  const chain = await issueChain({ subject: { authorizationDetails: [grant] } })
  const call = vi.fn(async (_: { readonly method: string }) => ({ json: { chain } }))
  const source = issuerSource({ issuer: 'https://id.example/', call } as never, await held(chain))
  await source?.(await held(chain), options)
  return call.mock.calls[0]?.[0].method
}

describe('a chain with a limit that is never given anew', () => {
  it('is fetched and not renewed; one whose limit has a period is renewed', async () => {
    expect(await asked(ONCE)).toBe('GET')
    expect(await asked(DAILY)).toBe('POST')
    expect(await asked(MAIL)).toBe('POST')
  })

  it('asks for a larger lease as any other, and hears from the issuer that there is none', async () => {
    expect(await asked(ONCE, { leaseSize: 16 })).toBe('POST')
  })

  it.each([
    { grant: ONCE, requests: 0 },
    { grant: DAILY, requests: 1 },
  ])('is not asked for at half its life: $grant.constraints', async ({ grant, requests }) => {
    const { clock, set } = fakeClock()
    const fetch = vi.fn(async () => new Response(null, { status: 503 }))
    const facts = { subject: { authorizationDetails: [grant] } }
    const options = { ...(await agentOptions(facts)), issuer: 'https://id.example/', clock, fetch }
    const agent = await createAgentFrom(options)
    set(NOW + 0.6 * DAY)
    await agent.token({ audience: 'https://mail.example/' })
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(requests))
  })
})
