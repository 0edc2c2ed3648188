import { beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { ChainCredential } from '../../src/model/credential.ts'
import type { Signer } from '../../src/model/signer.ts'
import { discloseEntries } from '../../src/securing/sd-jwt/disclose.ts'
import { signVcSdJwt } from '../../src/securing/sd-jwt/sign.ts'
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
