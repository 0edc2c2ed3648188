import { describe, expect, it } from 'vitest'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import { verifyCompactJws } from '../../src/securing/vc-jose/compact-jws.ts'
import { parseVpJwt } from '../../src/securing/vc-jose/parse-vp-jwt.ts'
import { digestRequest } from '../../src/securing/vc-jose/protocol-request.ts'
import { acceptedValue, methodOf, outcomeOf } from '../helpers/signers.ts'
import { agentOptions, agentSigner, DAY, didOf, issueChain, MAIL, NOW, READ_MAIL } from './fixtures.ts'

const AUDIENCE = 'https://mail.example/'

describe('agent.token', () => {
  it('presents the chain for one audience, for 5 minutes, signed by the agent', async () => {
    const agent = await createAgent(await agentOptions())

    const { jws, ...claims } = acceptedValue(parseVpJwt(await agent.token({ audience: AUDIENCE })))

    expect(claims).toEqual({
      texts: agent.chain,
      issuer: didOf(agentSigner),
      audience: AUDIENCE,
      issuedAtMs: NOW,
      expiresAtMs: NOW + 300_000,
    })
    expect(outcomeOf(await verifyCompactJws(jws, methodOf(agentSigner)))).toBe('accepted')
  })

  it('binds to one request when it is given one', async () => {
    const agent = await createAgent(await agentOptions())
    const request = { method: 'tools/call', params: { name: 'read' } }

    const token = await agent.token({ audience: AUDIENCE, lifetime: '30s', request })

    expect(acceptedValue(parseVpJwt(token))).toMatchObject({
      expiresAtMs: NOW + 30_000,
      binding: { requestDigest: digestRequest(request) },
    })
  })

  it('shows of SD-JWTs only the grants for the audience and the actions', async () => {
    const authorizationDetails = [MAIL, { ...MAIL, locations: ['https://bank.example/'] }, READ_MAIL]
    const chain = await issueChain({ subject: { authorizationDetails }, mechanism: 'vc+sd-jwt' })
    const agent = await createAgent({ ...(await agentOptions()), chain })

    const shown = async (options: object) => {
      const { texts } = acceptedValue(parseVpJwt(await agent.token({ audience: AUDIENCE, ...options })))
      return (texts[1]?.split('~').length ?? 0) - 2
    }

    expect([await shown({}), await shown({ actions: ['mail.send'] })]).toEqual([2, 1])
  })

  it.each([
    ['an audience without its slash', { audience: 'https://mail.example' }],
    ['an audience that is no URL', { audience: 'mail' }],
    ['an audience of another scheme', { audience: 'urn:mail' }],
    ['no audience', { audience: undefined as never }],
    ['an audience of any length', { audience: `https://mail.example/${'a'.repeat(2048)}` }],
    ['more than 5 minutes', { audience: AUDIENCE, lifetime: '6m' as const }],
    ['a part of a second', { audience: AUDIENCE, lifetime: 1500 }],
    ['params that are no object', { audience: AUDIENCE, request: { method: 'x', params: [] as never } }],
  ])('is not made for %s', async (_, options) => {
    const agent = await createAgent(await agentOptions())

    await expect(agent.token(options)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  })

  it('is not made when the delegation has ended', async () => {
    const agent = await createAgent({ ...(await agentOptions()), clock: () => NOW + DAY })

    await expect(agent.token({ audience: AUDIENCE })).rejects.toMatchObject({
      code: 'ERR_PROCURA_DELEGATION_ENDED',
    })
  })
})

describe('agent.mcpMeta', () => {
  it('is a token that is bound to one request, where MCP carries it', async () => {
    const agent = await createAgent(await agentOptions())
    const request = { method: 'tools/call', params: { name: 'read', arguments: { folder: 'inbox' } } }

    const { 'procura/presentation': token, ...others } = await agent.mcpMeta({ audience: AUDIENCE, request })

    expect(others).toEqual({})
    expect(acceptedValue(parseVpJwt(token))).toMatchObject({
      audience: AUDIENCE,
      binding: { requestDigest: digestRequest(request) },
    })
  })
})
