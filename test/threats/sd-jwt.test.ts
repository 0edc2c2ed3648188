import { beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { encodePublicJwk } from '../../src/core/crypto/public-jwk.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { ChainCredential } from '../../src/model/credential.ts'
import type { Signer } from '../../src/model/signer.ts'
import { discloseEntries } from '../../src/securing/sd-jwt/disclose.ts'
import { signSdJwt, signVcSdJwt } from '../../src/securing/sd-jwt/sign.ts'
import { presentSdJwt } from '../../src/securing/sd-jwt/sign-key-binding.ts'
import { verifySdJwt } from '../../src/securing/sd-jwt/verify.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { AUDIENCE, codeOf, mailGrant, World } from '../helpers/world.ts'
import { disclosureOf } from '../securing/sd-jwt/samples.ts'

const READ = { action: 'mail.read' }
const SEND = { action: 'mail.send' }
const ENTRIES = [mailGrant({ actions: ['mail.read'] }), mailGrant({ actions: ['mail.send'] })]

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
  })
  await verifier.sync()
})

function secure(credential: ChainCredential, signer: Signer): Promise<string> {
  return signVcSdJwt({ payload: credentialToJson(credential), signer, random: systemRandom })
}

/** Owner → agent, both as SD-JWT, the agent with two entries. */
async function chain(): Promise<[string, string]> {
  return [
    await secure(world.ownerCredential(), world.authority.signer),
    await secure(world.agentCredential({ authorizationDetails: ENTRIES }), world.owner.signer),
  ]
}

async function outcome(tokens: readonly string[], action = READ, method = 'GET'): Promise<string> {
  return codeOf(await verifier.verify(await world.present(tokens, { method }), action))
}

const reads = ({ actions }: JsonObject) => Array.isArray(actions) && actions.includes('mail.read')

describe('a chain of SD-JWTs', () => {
  it('grants what it shows and nothing else', async () => {
    const [root, agent] = await chain()
    const narrowed = discloseEntries(agent, reads)
    const nothing = discloseEntries(agent, () => false)

    expect(await outcome([root, agent], SEND)).toBe('verified')
    expect(await outcome([root, narrowed])).toBe('verified')
    expect(await outcome([root, narrowed], SEND)).toBe('not_authorized')
    expect(await outcome([root, nothing])).toBe('not_authorized')
  })

  it('grants nothing when the entitlements above are hidden', async () => {
    const [root, agent] = await chain()

    expect(await outcome([discloseEntries(root, () => false), agent])).toBe('not_authorized')
  })

  it('may mix with links that are secured otherwise', async () => {
    const [root, agent] = await chain()
    const [plainRoot, plainAgent] = await world.agentChain()

    expect(await outcome([plainRoot, agent])).toBe('verified')
    expect(await outcome([root, plainAgent])).toBe('verified')
  })

  it('remembers signatures by what was shown: an entry shown later is read anew', async () => {
    const [root, agent] = await chain()

    expect(await outcome([root, discloseEntries(agent, reads)], SEND)).toBe('not_authorized')
    expect(await outcome([root, agent], SEND)).toBe('verified')
    expect(await outcome([root, discloseEntries(agent, reads)], SEND)).toBe('not_authorized')
  })
})

describe('a disclosure that the issuer did not make', () => {
  const wider = disclosureOf(['c2FsdA', { type: 'api', locations: [AUDIENCE], actions: ['mail.delete'] }])
  const overIssuer = disclosureOf(['c2FsdA', 'issuer', 'did:key:z6Mkmallory'])

  it.each<[string, (token: string) => string]>([
    ['changed', (token) => token.replace(/~[^~]+~/, `~${wider}~`)],
    ['added', (token) => `${token}${wider}~`],
    ['over a claim', (token) => `${token}${overIssuer}~`],
    ['sent twice', (token) => token.replace(/~([^~]+)~/, '~$1~$1~')],
  ])('is refused with the chain: %s [SM-25]', async (_, tamper) => {
    const [root, agent] = await chain()

    expect(await outcome([root, agent])).toBe('verified')
    expect(await outcome([root, tamper(agent)])).toBe('malformed')
  })
})

describe('a presentation of an SD-JWT to somebody else', () => {
  const REQUEST = { nonce: 'n-0S6_WzA2Mj', audience: 'https://verifier.example' }
  const typ = 'example+sd-jwt'

  async function verify(token: string, at = world.now, keyBinding = REQUEST): Promise<string> {
    const issuer = { key: world.authority.signer.publicKey }
    const verdict = await verifySdJwt(token, { typ, issuer, now: at, keyBinding })
    return verdict.verified ? 'verified' : verdict.refusal.code
  }

  /** A membership card of the agent, of which the level is shown and the name is not. */
  async function present(): Promise<{ card: string; shown: string }> {
    const card = await signSdJwt({
      typ,
      payload: { cnf: { jwk: encodePublicJwk(world.agent.signer.publicKey) }, level: 'gold', name: 'Ada' },
      frame: { _sd: ['level', 'name'] },
      signer: world.authority.signer,
      random: systemRandom,
    })
    const keep = ({ name }: { name?: string }) => name === 'level'
    const signer = world.agent.signer
    return {
      card,
      shown: await presentSdJwt({ token: card, typ, keep, request: REQUEST, signer, now: world.now }),
    }
  }

  it('is refused there, and for another request [HP-08, HP-09]', async () => {
    const { shown } = await present()

    expect(await verify(shown)).toBe('verified')
    expect(await verify(shown, world.now, { ...REQUEST, audience: 'https://other.example' })).toBe(
      'audience_mismatch',
    )
    expect(await verify(shown, world.now, { ...REQUEST, nonce: 'another' })).toBe('holder_proof_invalid')
  })

  it('is refused ten years later, and before its time [HP-10]', async () => {
    const { shown } = await present()
    const years = 10 * 365 * 86_400_000

    expect(await verify(shown, world.now + 300_000)).toBe('verified')
    expect(await verify(shown, world.now + years)).toBe('holder_proof_invalid')
    expect(await verify(shown, world.now - years)).toBe('holder_proof_invalid')
  })

  it('is refused with a disclosure taken away, added or put elsewhere [HP-11]', async () => {
    const { card, shown } = await present()
    const binding = shown.slice(shown.lastIndexOf('~') + 1)
    const [jws] = card.split('~')

    expect(await verify(shown)).toBe('verified')
    expect(await verify(`${jws}~${binding}`)).toBe('holder_proof_invalid')
    expect(await verify(card + binding)).toBe('holder_proof_invalid')
  })

  it('is refused without the proof of the holder, whatever else is good', async () => {
    const { card } = await present()

    expect(await verify(card)).toBe('holder_proof_invalid')
  })
})
