import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { VP_JWT_TYPE } from '../../src/securing/vc-jose/presentation.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import type { SignVpJwtOptions } from '../../src/securing/vc-jose/sign-vp-jwt.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { MemoryReplayStore } from '../../src/verifier/replay-store.ts'
import { AUDIENCE, makePerson, type Person, requestOf, World } from '../helpers/world.ts'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
})

async function started(replay?: MemoryReplayStore): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    bearer: ['mail.read'],
    fetch: world.site.fetch,
    clock: world.clock,
    ...(replay === undefined ? {} : { replay }),
  })
  await made.sync()
  return made
}

const READ = { action: 'mail.read' }
const CALL = { method: 'tools/call', params: { name: 'read' } }

async function outcome(token: string, at: Verifier = verifier, options = {}): Promise<string> {
  const verdict = await at.verifyToken(token, READ, options)
  return verdict.verified ? 'verified' : `${verdict.refusal.code} ${verdict.refusal.dimension}`
}

async function tokenWith(changes: Partial<SignVpJwtOptions> = {}): Promise<string> {
  return world.token(await world.agentChain(), changes)
}

/** A token of the agent with claims of somebody's choice, signed by that somebody. */
async function forge(changes: JsonObject, { signer }: Pick<Person, 'signer'>): Promise<string> {
  const claims = payloadOf(await tokenWith())
  return signCompactJws({ typ: VP_JWT_TYPE, payload: { ...claims, ...changes }, signer })
}

function payloadOf(token: string): JsonObject {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

describe('a thief of a chain', () => {
  it('cannot show it without a token around it [HP-01]', async () => {
    const [, agent] = await world.agentChain()

    expect(await outcome(agent)).toBe('malformed typ')
    expect(await outcome(await tokenWith())).toBe('verified')
  })

  it('cannot put it into a token of their own [HP-02] [HP-03]', async () => {
    const mallory = await makePerson()

    expect(await outcome(await tokenWith({ signer: mallory.signer }))).toBe('holder_proof_invalid iss')
  })

  it('cannot say that they are the agent [HP-02]', async () => {
    const mallory = await makePerson()

    expect(await outcome(await forge({}, mallory))).toBe('holder_proof_invalid kid')
    const named = { ...mallory.signer, keyId: world.agent.signer.keyId }
    expect(await outcome(await forge({}, { signer: named }))).toBe('holder_proof_invalid signature')
  })

  it('cannot name a key that the agent does not sign in with [HP-02]', async () => {
    const unknown = { ...world.agent.signer, keyId: `${world.agent.did}#other` as const }

    expect(await outcome(await tokenWith({ signer: unknown }))).toBe('holder_proof_invalid kid')
  })

  it('cannot put a chain of theirs before the stolen link [HP-03]', async () => {
    const [owner, agent] = await world.agentChain()
    const mallory = await makePerson()
    const subject = { ...world.ownerCredential().subject, id: mallory.did }
    const other = await world.sign(world.ownerCredential({ subject }), world.authority.signer)
    const signed = (texts: string[]) => world.token(texts, { signer: mallory.signer })

    expect(await outcome(await signed([other, agent]))).toBe('chain_broken verifiableCredential')
    expect(await outcome(await signed([owner, other, agent]))).toBe('chain_broken verifiableCredential')
  })
})

describe('somebody who sees a token', () => {
  it('cannot use it after its end, and before its beginning [HP-10] [HP-15]', async () => {
    const token = await tokenWith({ lifetimeSeconds: 60 })
    const start = world.now
    const at = async (ms: number) => {
      world.now = start + ms
      return outcome(token)
    }

    expect(await at(90_000)).toBe('verified')
    expect(await at(90_001)).toBe('holder_proof_invalid exp')
    expect(await at(-30_000)).toBe('verified')
    expect(await at(-30_001)).toBe('holder_proof_invalid iat')
  })

  it('cannot use one that lives for longer than 300 s [HP-10]', async () => {
    const iat = world.now / 1000

    expect(await outcome(await forge({ iat, exp: iat + 301 }, world.agent))).toBe('holder_proof_invalid exp')
    expect(await outcome(await forge({ iat, exp: iat + 300 }, world.agent))).toBe('verified')
    expect(await outcome(await forge({ iat, exp: iat }, world.agent))).toBe('holder_proof_invalid exp')
    expect(await outcome(await forge({ iat: iat - 9e8, exp: iat + 60 }, world.agent))).toBe(
      'holder_proof_invalid exp',
    )
  })

  it.each([
    'https://mail.example',
    'https://mail.example/inbox',
    'https://mail.example.evil/',
    'http://mail.example/',
    'https://mail.example:8443/',
    'https://MAIL.example/',
    'https://other.example/',
    'mail.example',
  ])('cannot use at %s what was signed for somebody else [HP-08]', async (audience) => {
    expect(await outcome(await tokenWith({ audience }))).toBe('audience_mismatch aud')
    expect(await outcome(await tokenWith())).toBe('verified')
  })

  it('cannot use one that was bound to a request, in another process either [HP-04]', async () => {
    const shared = new MemoryReplayStore(world.clock)
    const [here, there] = [await started(shared), await started(shared)]
    const token = await tokenWith({ request: CALL })

    expect(await outcome(token, here, { request: CALL })).toBe('verified')
    expect(await outcome(token, there, { request: CALL })).toBe('replayed undefined')
    world.now += 329_000
    await there.sync()
    expect(await outcome(token, there, { request: CALL })).toBe('replayed undefined')
  })

  it('cannot take its nonce for another request [HP-09]', async () => {
    const random = () => new Uint8Array(16)
    const other = { method: 'tools/call', params: { name: 'send' } }

    expect(await outcome(await tokenWith({ request: CALL, random }), verifier, { request: CALL })).toBe(
      'verified',
    )
    expect(await outcome(await tokenWith({ request: other, random }), verifier, { request: other })).toBe(
      'replayed undefined',
    )
  })

  it('cannot change a character of it', async () => {
    const token = await tokenWith()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom(...'aZ09-_.~="{ '),
        async (at, character) => {
          const changed = token.slice(0, at) + character + token.slice(at + 1)

          expect((await outcome(changed)) === 'verified').toBe(changed === token)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('cannot loosen it from its request, whether or not it is shown', async () => {
    const bound = await tokenWith({ request: CALL })
    const [header, , signature] = bound.split('.')
    const { jti: _, requestDigest: __, ...loose } = payloadOf(bound)
    const cut = [header, Buffer.from(JSON.stringify(loose)).toString('base64url'), signature].join('.')

    expect(await outcome(cut)).toBe('holder_proof_invalid signature')
    expect(await outcome(bound)).toBe('holder_proof_invalid requestDigest')
    expect(await outcome(bound, verifier, { request: CALL })).toBe('verified')
  })

  it('cannot add a link, leave one out or show one twice', async () => {
    const [owner, agent, sub] = await world.subAgentChain()
    const shown = (...texts: string[]) => world.token(texts, { signer: world.subAgent.signer })

    expect(await outcome(await shown(owner, sub))).toBe('chain_broken verifiableCredential')
    expect(await outcome(await shown(agent, sub))).toBe('chain_broken verifiableCredential')
    expect(await outcome(await shown(owner, agent, sub, sub))).toBe('chain_broken verifiableCredential')
    expect(await outcome(await shown(owner, agent))).toBe('holder_proof_invalid iss')
    expect(await outcome(await world.token([owner, agent, sub]))).toBe('holder_proof_invalid iss')
    expect(await outcome(await shown(owner, agent, sub))).toBe('verified')
  })
})

describe('somebody between agent and service', () => {
  it('cannot present in two ways at once', async () => {
    const authorization = `Bearer ${await tokenWith()}`
    const signed = await world.present(await world.agentChain())
    const header = (name: string) => (name === 'authorization' ? authorization : signed.header(name))

    expect(await verifier.verify({ ...signed, header }, READ)).toMatchObject({
      refusal: { code: 'malformed', dimension: 'authorization' },
    })
    expect(await verifier.verify(signed, READ)).toMatchObject({ verified: true })
  })

  it('does not make a bearer of a signed request by cutting the signature out', async () => {
    const signed = await world.present(await world.agentChain())
    const headers = { 'agent-delegation': signed.header('agent-delegation') ?? '' }

    expect(await verifier.verify(requestOf('GET', '/inbox', headers), READ)).toMatchObject({
      refusal: { code: 'holder_proof_invalid' },
    })
    const [, agent] = await world.agentChain()
    const bearer = requestOf('GET', '/inbox', { authorization: `Bearer ${agent}` })
    expect(await verifier.verify(bearer, READ)).toMatchObject({ refusal: { code: 'chain_required' } })
  })

  it('does not get two tokens past the reader of one', async () => {
    const token = await tokenWith()
    const verify = (authorization: string) =>
      verifier.verify(requestOf('GET', '/inbox', { authorization }), READ)

    expect(await verify(`Bearer ${token}, Bearer ${token}`)).toMatchObject({
      refusal: { code: 'chain_required' },
    })
    expect(await verify(`Bearer ${token}`)).toMatchObject({ verified: true })
  })
})
