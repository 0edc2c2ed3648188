import { OAUTH_ERRORS } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { OAuthError } from '@modelcontextprotocol/server'
import { beforeEach, describe, expect, it } from 'vitest'
import { createTokenVerifier, type OAuthErrors, type TokenVerifier } from '../../../src/adapters/mcp/index.ts'
import { problemOf } from '../../../src/adapters/problem.ts'
import { REFUSAL_CODES } from '../../../src/refusal.ts'
import type { PresentationRefusal, RefusedPresentation, Verifier } from '../../../src/verifier/index.ts'
import { Scene } from '../transports/scene.ts'

const ORIGIN = 'https://mail.example'

let scene: Scene
let token: string

beforeEach(async () => {
  scene = await Scene.create(ORIGIN)
  const agent = await scene.agentOf(await scene.caller())
  token = await agent.token({ audience: `${ORIGIN}/`, lifetime: '60s' })
})

function verifierOf(actions: string[], errors: OAuthErrors = OAUTH_ERRORS): TokenVerifier {
  return createTokenVerifier({ verifier: scene.verifier, actions, errors })
}

describe('the token verifier for MCP', () => {
  it('says who presents, for whom the token is, what it allows and until when', async () => {
    const authInfo = await verifierOf(['mcp.connect']).verifyAccessToken(token)

    expect(authInfo).toEqual({
      token,
      clientId: 'agt_mailer',
      scopes: ['mcp.connect'],
      expiresAt: Math.floor(scene.world.now / 1000) + 60,
      resource: new URL(ORIGIN),
      extra: { delegation: expect.objectContaining({ verified: true, agent: 'agt_mailer' }) },
    })
  })

  it('counts as scopes only what the chain allows as it stands, and the policy to bearers', async () => {
    const { scopes } = await verifierOf(['mail.read', 'mcp.connect', 'mail.send']).verifyAccessToken(token)

    expect(scopes).toEqual(['mcp.connect'])
  })

  it('takes a token as often as it is shown until it ends', async () => {
    const verifier = verifierOf(['mcp.connect'])
    await verifier.verifyAccessToken(token)

    expect((await verifier.verifyAccessToken(token)).clientId).toBe('agt_mailer')
  })

  it('refuses a token that is bound to one request: no bearer', async () => {
    const agent = await scene.agentOf(await scene.caller())
    const request = { method: 'tools/call', params: { name: 'read' } }
    const bound = await agent.token({ audience: `${ORIGIN}/`, request })

    await expect(verifierOf(['mcp.connect']).verifyAccessToken(bound)).rejects.toMatchObject({
      errorCode: 'invalid_token',
      message: expect.stringMatching(/^holder_proof_invalid: .*requestDigest/),
    })
  })

  it.each([
    ['version 1', OAUTH_ERRORS, 'errorCode'],
    ['version 2', OAuthError, 'code'],
  ] as const)('throws the errors of %s of the SDK', async (_, errors, member) => {
    const verifier = verifierOf(['mail.send'], errors)

    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject({ [member]: 'invalid_token' })
    await expect(verifier.verifyAccessToken('garbage')).rejects.toBeInstanceOf(
      errors === OAUTH_ERRORS ? OAUTH_ERRORS.invalid_token : OAuthError,
    )
  })

  it.each(REFUSAL_CODES)('tells %s as the kind of error that its status is', async (code) => {
    const refusal: PresentationRefusal = { code, link: 1, authenticated: false, retryable: false }
    const refusing = { verified: false, refusal } as RefusedPresentation
    const verifier = { origin: ORIGIN, verifyToken: async () => refusing } as unknown as Verifier
    const tokens = createTokenVerifier({ verifier, actions: ['mail.read'], errors: OAuthError })
    const { status } = problemOf(refusal, ORIGIN)
    const expected = { 403: 'insufficient_scope', 503: 'server_error' }[status] ?? 'invalid_token'

    const error = await tokens.verifyAccessToken(token).catch((thrown: OAuthError) => thrown)

    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(`^${code}: `) })
    // Version 1 puts the message between quotes in a field, as it is.
    expect((error as Error).message).toMatch(/^[ !#-[\]-~]+$/)
  })

  it.each([
    ['no action', { actions: [], errors: OAUTH_ERRORS }],
    ['errors that are not there', { actions: ['mail.read'], errors: undefined as never }],
    ['errors that go by other names', { actions: ['mail.read'], errors: {} }],
  ])('cannot be made with %s', (_, options) => {
    expect(() => createTokenVerifier({ verifier: scene.verifier, ...options })).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )
  })
})
