import { beforeEach, describe, expect, it } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { refuse } from '../../src/refusal.ts'
import { type PresentationJwt, parseVpJwt } from '../../src/securing/vc-jose/parse-vp-jwt.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import type { TokenOptions } from '../../src/verifier/verify-token.ts'
import { refuseClaims, verifyTokenSignature } from '../../src/verifier/verify-token.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { AUDIENCE, codeOf, mailGrant, makePerson, NOW, requestOf, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
})

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { 'mail.send': 'critical', '*': 'sensitive' },
    bearer: ['mail.read'],
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await made.sync()
  return made
}

const READ = { action: 'mail.read' }
const SEND = { action: 'mail.send' }
const CALL = { method: 'tools/call', params: { name: 'read', arguments: { folder: 'inbox' } } }

/** Code and dimension of what a verifier says of a token. */
async function outcome(token: string, options: TokenOptions = {}, ask = READ): Promise<string> {
  const verdict = await verifier.verifyToken(token, ask, options)
  return verdict.verified ? 'verified' : `${verdict.refusal.code} ${verdict.refusal.dimension}`
}

describe('a presentation token', () => {
  it('says who acts, like a signed request does, and ends with its lifetime', async () => {
    const token = await world.token(await world.agentChain(), { lifetimeSeconds: 90 })

    expect(await verifier.verifyToken(token, READ)).toMatchObject({
      verified: true,
      kind: 'Agent',
      agent: 'agt_mailer',
      presenter: world.agent.did,
      recheckAt: NOW + 90_000,
    })
  })

  it('may be shown again until it ends, for an action that allows it', async () => {
    const token = await world.token(await world.agentChain())

    expect(await outcome(token)).toBe('verified')
    world.now += 200_000
    await verifier.sync()
    expect(await outcome(token)).toBe('verified')
  })

  it('carries a chain of three links, in any order', async () => {
    const texts = await world.subAgentChain()
    const token = await world.token([...texts].reverse(), { signer: world.subAgent.signer })

    expect(await verifier.verifyToken(token, READ)).toMatchObject({
      kind: 'SubAgent',
      chain: [{ subject: world.owner.did }, { subject: world.agent.did }, { subject: world.subAgent.did }],
    })
  })

  it.each([
    ['Ed25519', ['vc+sd-jwt', 'eddsa-jcs-2022', 'vc+jwt']],
    ['Ed25519', ['eddsa-rdfc-2022', 'vc+jwt', 'vc+sd-jwt']],
    ['P-256', ['ecdsa-jcs-2019', 'ecdsa-rdfc-2019', 'ecdsa-jcs-2019']],
  ] as const)('carries credentials of every mechanism: %s, %j', async (type, [root, first, last]) => {
    world = await World.create(type)
    verifier = await started({ rdfc: true })
    const chain = await world.mixedChain(root, first, last)

    expect(await outcome(await world.token(chain, { signer: world.subAgent.signer }))).toBe('verified')
  })

  it('may be signed with P-256', async () => {
    const agent = await makePerson('P-256')
    const token = await world.token(await world.agentChain({ id: agent.did }), { signer: agent.signer })

    expect(await outcome(token)).toBe('verified')
  })

  it('acts at the target that the transport names', async () => {
    const locations = [{ origin: 'https://mail.example', path: '/mcp' }]
    const token = await world.token(
      await world.agentChain({ authorizationDetails: [mailGrant({ locations })] }),
    )

    expect(await outcome(token, { target: '/mcp?session=1' })).toBe('verified')
    expect(await outcome(token)).toBe('not_authorized locations')
  })

  it('is refused as soon as a link is revoked', async () => {
    const token = await world.token(await world.agentChain())
    expect(await outcome(token)).toBe('verified')

    world.site.set('revocation', 2)
    await world.site.publish()
    await verifier.sync()

    expect(await verifier.verifyToken(token, READ)).toMatchObject({ refusal: { code: 'revoked', link: 1 } })
  })

  it('is not good for an action that the policy does not name, and says that it has to be signed for', async () => {
    const token = await world.token(await world.agentChain())

    expect(await outcome(token, {}, SEND)).toBe('holder_proof_invalid bearer')
    verifier = await started({ bearer: [] })
    expect(await outcome(token)).toBe('holder_proof_invalid bearer')
  })

  it('under a grant that counts its uses is refused unless it is bound to one request', async () => {
    const constraints = [{ kind: 'count' as const, id: 'c1', max: 10 }]
    const chain = await world.agentChain({ authorizationDetails: [mailGrant({ constraints })] })
    const bound = { method: 'tools/call', params: {} }

    expect(await verifier.verifyToken(await world.token(chain), READ)).toMatchObject({
      refusal: { code: 'holder_proof_invalid', dimension: 'bearer', authenticated: true },
    })
    expect(await outcome(await world.token(chain, { request: bound }), { request: bound })).toBe('verified')
  })

  it('needs no binding where another entry of the link counts nothing', async () => {
    const constraints = [{ kind: 'count' as const, id: 'c1', max: 10 }]
    const details = [mailGrant({ constraints }), mailGrant()]

    expect(await outcome(await world.token(await world.agentChain({ authorizationDetails: details })))).toBe(
      'verified',
    )
  })

  it('is judged by the chain before its proof is looked at', async () => {
    const mallory = await makePerson()
    const token = await world.token(await world.agentChain(), { signer: mallory.signer })

    expect(await outcome(token, {}, { action: 'mail.purge' })).toBe('holder_proof_invalid bearer')
    verifier = await started({ bearer: ['mail.purge'] })
    expect(await outcome(token, {}, { action: 'mail.purge' })).toBe('not_authorized actions')
  })

  it.each([
    ['a text', 'a.b.c', 'malformed header'],
    ['nothing', '', 'malformed token'],
    ['a value of another type', undefined as never, 'malformed token'],
  ])('is refused as %s', async (_, token, refusal) => {
    expect(await outcome(token)).toBe(refusal)
  })

  it('needs an action to be asked for', async () => {
    const token = await world.token(await world.agentChain())

    await expect(verifier.verifyToken(token, { action: '' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })
})

describe('a token that is bound to a request', () => {
  it('is good for critical actions, and needs no entry in the policy', async () => {
    const token = await world.token(await world.agentChain(), { request: CALL })

    expect(await outcome(token, { request: CALL }, SEND)).toBe('verified')
  })

  it('is accepted once [HP-04]', async () => {
    const token = await world.token(await world.agentChain(), { request: CALL })

    expect(await outcome(token, { request: CALL })).toBe('verified')
    expect(await outcome(token, { request: CALL })).toBe('replayed undefined')
  })

  it('is compared without _meta, in which it travels', async () => {
    const token = await world.token(await world.agentChain(), { request: CALL })
    const received = { ...CALL, params: { ...CALL.params, _meta: { authorization: token } } }

    expect(await outcome(token, { request: received })).toBe('verified')
  })

  it.each([
    ['other arguments', { ...CALL, params: { ...CALL.params, arguments: { folder: 'board' } } }],
    ['another method', { ...CALL, method: 'tools/list' }],
    ['no params', { method: 'tools/call' }],
    ['what JSON cannot express', { method: 'tools/call', params: { n: Number.NaN } }],
    ['a list of params', { method: 'tools/call', params: [] as never }],
    ['nothing', undefined],
  ])('is refused with %s', async (_, request) => {
    const token = await world.token(await world.agentChain(), { request: CALL })

    expect(await outcome(token, request === undefined ? {} : { request })).toBe(
      'holder_proof_invalid requestDigest',
    )
    expect(await outcome(token, { request: CALL })).toBe('verified')
  })

  it.each([
    ['full', () => 'unavailable' as const],
    ['down', () => Promise.reject(new Error('down'))],
  ])('is refused while the replay store is %s', async (_, use) => {
    verifier = await started({ replay: { use } })
    const chain = await world.agentChain()

    expect(await outcome(await world.token(chain, { request: CALL }), { request: CALL })).toBe(
      'replay_unavailable undefined',
    )
    expect(await outcome(await world.token(chain))).toBe('verified')
  })
})

describe('what a token says of itself', () => {
  const good = async () => acceptedValue(parseVpJwt(await world.token(await world.agentChain())))

  /** The dimension of the refusal of a token with other members. */
  async function claims(change: (token: PresentationJwt) => Partial<PresentationJwt>): Promise<string> {
    const token = await good()
    const given = { token: { ...token, ...change(token) }, presenter: world.agent.did, now: NOW }
    return refuseClaims(given)?.refusal.dimension ?? 'accepted'
  }

  it.each<[string, Partial<PresentationJwt>, string]>([
    ['at the moment it is shown', {}, 'accepted'],
    ['as late as clocks may be apart', { issuedAtMs: NOW + 30_000, expiresAtMs: NOW + 60_000 }, 'accepted'],
    ['later than that', { issuedAtMs: NOW + 30_001, expiresAtMs: NOW + 60_000 }, 'iat'],
    ['for 300 s', { issuedAtMs: NOW - 100_000, expiresAtMs: NOW + 200_000 }, 'accepted'],
    ['for longer', { issuedAtMs: NOW - 100_000, expiresAtMs: NOW + 200_001 }, 'exp'],
    ['for a moment', { issuedAtMs: NOW, expiresAtMs: NOW + 1 }, 'accepted'],
    ['for no time', { issuedAtMs: NOW, expiresAtMs: NOW }, 'exp'],
    ['for less than that', { issuedAtMs: NOW, expiresAtMs: NOW - 1 }, 'exp'],
    [
      'and ended as long ago as clocks may be apart',
      { issuedAtMs: NOW - 60_000, expiresAtMs: NOW - 30_000 },
      'accepted',
    ],
    ['and ended before that', { issuedAtMs: NOW - 60_000, expiresAtMs: NOW - 30_001 }, 'exp'],
  ])('decides when it is good, if it was issued %s', async (_, times, answer) => {
    expect(await claims(() => times)).toBe(answer)
  })

  it('has to name the presenter, and a key of his', async () => {
    const { owner } = world

    expect(await claims(() => ({ issuer: owner.did }))).toBe('iss')
    expect(await claims(({ jws }) => ({ jws: { ...jws, kid: owner.signer.keyId } }))).toBe('kid')
    expect(await claims(() => ({}))).toBe('accepted')
  })

  it('is signed by a key of the presenter that his document lists', async () => {
    const token = await good()
    const { jws } = token
    const keys = createDidResolver()
    const check = (changed: PresentationJwt, resolver = keys) =>
      verifyTokenSignature({ token: changed, presenter: world.agent.did, now: NOW }, resolver)

    expect(await check(token)).toMatchObject({ verified: true })
    expect(await check({ ...token, jws: { ...jws, kid: `${world.agent.did}#other` } })).toMatchObject({
      refusal: { code: 'holder_proof_invalid', dimension: 'kid' },
    })
    expect(await check({ ...token, jws: { ...jws, signature: new Uint8Array(64) } })).toMatchObject({
      refusal: { code: 'holder_proof_invalid', dimension: 'signature' },
    })
    expect(await check(token, { resolve: () => refuse('did_unresolvable') })).toEqual(
      refuse('did_unresolvable'),
    )
  })

  it('is compared with what was verified: not with a signature over something else', async () => {
    const [token, other] = [await world.token(await world.agentChain()), await world.token(['e30.e30.AA'])]
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${other.split('.')[2]}`

    expect(await outcome(forged)).toBe('holder_proof_invalid signature')
    expect(await outcome(token)).toBe('verified')
  })

  it('is for the audience of the verifier', async () => {
    const chain = await world.agentChain()

    expect(await outcome(await world.token(chain, { audience: 'https://other.example/' }))).toBe(
      'audience_mismatch aud',
    )
    expect(await outcome(await world.token(chain))).toBe('verified')
  })

  it('is of the presenter, whoever else has signed it', async () => {
    const mallory = await makePerson()
    const chain = await world.agentChain()

    expect(await outcome(await world.token(chain, { signer: mallory.signer }))).toBe(
      'holder_proof_invalid iss',
    )
    expect(await outcome(await world.token(chain))).toBe('verified')
  })
})

describe('a token as bearer of a request', () => {
  async function request(headers: Record<string, string>): Promise<string> {
    return codeOf(await verifier.verify(requestOf('GET', '/inbox', headers), READ))
  }

  it.each(['Bearer', 'bearer', 'BEARER '])('is accepted after %j', async (scheme) => {
    const token = await world.token(await world.agentChain())

    expect(await request({ authorization: `${scheme} ${token}` })).toBe('verified')
  })

  it('acts at the path of the request', async () => {
    const locations = [{ origin: 'https://mail.example', path: '/outbox' }]
    const token = await world.token(
      await world.agentChain({ authorizationDetails: [mailGrant({ locations })] }),
    )

    expect(await request({ authorization: `Bearer ${token}` })).toBe('not_authorized')
  })

  it.each([
    ['another scheme', 'Basic YTpi'],
    [
      'an access token',
      `Bearer ${Buffer.from('{"alg":"EdDSA","typ":"at+jwt"}').toString('base64url')}.e30.AA`,
    ],
    ['an opaque token', 'Bearer 2YotnFZFEjr1zCsicMWpAA'],
    ['nothing', 'Bearer '],
  ])('is not looked for in %s, which may belong to somebody else', async (_, authorization) => {
    expect(await request({ authorization })).toBe('chain_required')
    const signed = await world.present(await world.agentChain())
    const both = {
      ...signed,
      header: (name: string) => (name === 'authorization' ? authorization : signed.header(name)),
    }

    expect(codeOf(await verifier.verify(both, READ))).toBe('verified')
  })

  it('is not accepted beside a signed chain: a request presents in one way', async () => {
    const chain = await world.agentChain()
    const bearer = `Bearer ${await world.token(chain)}`
    const signed = await world.present(chain)
    const both = {
      ...signed,
      header: (name: string) => (name === 'authorization' ? bearer : signed.header(name)),
    }

    expect(await verifier.verify(both, READ)).toMatchObject({
      refusal: { code: 'malformed', dimension: 'authorization' },
    })
    expect(codeOf(await verifier.verify(signed, READ))).toBe('verified')
  })

  it('that is bound to a request of another protocol is refused', async () => {
    const token = await world.token(await world.agentChain(), { request: CALL })

    expect(await request({ authorization: `Bearer ${token}` })).toBe('holder_proof_invalid')
  })
})

describe('the policy for tokens', () => {
  it.each([
    ['everything', ['*']],
    ['an empty name', ['']],
    ['no list', 'mail.read' as never],
    ['an action that is critical by name', ['mail.send']],
  ])('cannot name %s', async (_, bearer) => {
    await expect(started({ bearer })).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
  })

  it('cannot name an action that is critical by the rule for all others', async () => {
    const freshness = { '*': 'critical' } as const

    await expect(started({ freshness, bearer: ['mail.read'] })).rejects.toThrow(/critical/)
    await expect(started({ freshness: { 'mail.read': 'routine', '*': 'critical' } })).resolves.toBeDefined()
  })
})
