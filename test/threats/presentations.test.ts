import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { SignDataIntegrityOptions } from '../../src/securing/data-integrity/sign.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { ReplayStore } from '../../src/verifier/ports.ts'
import { MemoryReplayStore } from '../../src/verifier/replay-store.ts'
import { AUDIENCE, makePerson, World } from '../helpers/world.ts'

const READ = { action: 'mail.read' }
const CHALLENGE = 'a1b2c3d4e5f60718'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
})

async function started(replay: ReplayStore = new MemoryReplayStore(world.clock)): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    replay,
  })
  await made.sync()
  return made
}

async function outcome(document: JsonObject, challenge = CHALLENGE, at = verifier): Promise<string> {
  const verdict = await at.verifyPresentation(JSON.stringify(document), READ, { challenge })
  if (verdict.verified) return 'verified'
  const { code, dimension } = verdict.refusal
  return dimension === undefined ? code : `${code} ${dimension}`
}

async function signed(
  proof: Partial<SignDataIntegrityOptions> = {},
  members: JsonObject = {},
): Promise<JsonObject> {
  return world.document(await world.agentChain(), { challenge: CHALLENGE, ...proof }, members)
}

describe('a thief of a chain, among wallets', () => {
  it('cannot show it without a proof [HP-01]', async () => {
    const { proof: _, ...document } = await signed()

    expect(await outcome(document)).toBe('malformed proof')
    expect(await outcome(await signed())).toBe('verified')
  })

  it('cannot make a presentation of their own around it [HP-02] [HP-03]', async () => {
    const mallory = await makePerson()

    expect(await outcome(await signed({ signer: mallory.signer }))).toBe('holder_proof_invalid holder')
    expect(await outcome(await signed({ signer: mallory.signer }, { holder: world.agent.did }))).toBe(
      'holder_proof_invalid proof.verificationMethod',
    )
    const named = { ...mallory.signer, keyId: world.agent.signer.keyId }
    expect(await outcome(await signed({ signer: named }))).toBe('holder_proof_invalid proof')
  })

  it("cannot add a proof to the holder's, nor a credential to those that were signed [HP-03]", async () => {
    const mallory = await makePerson()
    const document = await signed()
    const both = await world.document([], { signer: mallory.signer }, document)
    const later = world.ownerCredential({ validUntil: world.now + 1000 * 3_600_000 })
    const owner = await world.sign(later, world.authority.signer)

    expect(await outcome(both)).toBe('malformed proof')
    const credentials = document.verifiableCredential as readonly JsonObject[]
    const [first = {}, second = {}] = credentials
    expect(await outcome({ ...document, verifiableCredential: [first, second, first] })).toBe(
      'chain_broken verifiableCredential',
    )
    const other = { ...first, id: `data:application/vc+jwt,${owner}` }
    expect(await outcome({ ...document, verifiableCredential: [other, second] })).toBe(
      'holder_proof_invalid proof',
    )
    expect(await outcome({ ...document, verifiableCredential: [second, first] })).toBe(
      'holder_proof_invalid proof',
    )
    expect(await outcome(document)).toBe('verified')
  })

  it('cannot use a key that is for issuing in the place of one for signing in', async () => {
    expect(await outcome(await signed({ proofPurpose: 'assertionMethod' }))).toBe(
      'holder_proof_invalid proof.proofPurpose',
    )
  })
})

describe('somebody who sees a presentation', () => {
  it('cannot show it once more, in another process either [HP-04]', async () => {
    const shared = new MemoryReplayStore(world.clock)
    const [here, there] = [await started(shared), await started(shared)]
    const document = await signed()

    expect(await outcome(document, CHALLENGE, here)).toBe('verified')
    expect(await outcome(document, CHALLENGE, there)).toBe('replayed')
    world.now += 329_000
    await there.sync()
    expect(await outcome(document, CHALLENGE, there)).toBe('replayed')
    world.now += 2_000
    expect(await outcome(document, CHALLENGE, there)).toBe('holder_proof_invalid proof.expires')
  })

  it('cannot change a character of it', async () => {
    const text = JSON.stringify(await signed())
    const anywhere = await started({ use: () => 'fresh' })
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...'aZ09-_.~="{ '), async (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        const { verified } = await anywhere.verifyPresentation(changed, READ, { challenge: CHALLENGE })

        expect(verified).toBe(changed === text)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['https://other.example/'],
    ['https://mail.example'],
    ['https://mail.example:8443/'],
    ['http://mail.example/'],
  ])('cannot show what was made for %s [HP-08]', async (domain) => {
    expect(await outcome(await signed({ domain }))).toBe('audience_mismatch proof.domain')
    expect(await outcome(await signed())).toBe('verified')
  })

  it('cannot show what was made for nobody, or for several [HP-08]', async () => {
    const { domain: _, ...nobody } = await unsigned()
    const document = await signed()
    const proof = document.proof as JsonObject

    expect(await outcome({ ...document, proof: nobody })).toBe('audience_mismatch proof.domain')
    const several = { ...proof, domain: [AUDIENCE, 'https://other.example/'] }
    expect(await outcome({ ...document, proof: several })).toBe('audience_mismatch proof.domain')
  })

  it('cannot show what repeats another challenge, or none [HP-09]', async () => {
    const { challenge: _, ...none } = await unsigned()
    const document = await signed()

    expect(await outcome(document, 'another-challenge')).toBe('holder_proof_invalid proof.challenge')
    expect(await outcome({ ...document, proof: none })).toBe('holder_proof_invalid proof.challenge')
    expect(
      await outcome({ ...document, proof: { ...none, challenge: 'another-challenge' } }, 'another-challenge'),
    ).toBe('holder_proof_invalid proof')
  })

  it('cannot show it late, early, or without a date [HP-10] [HP-15]', async () => {
    const { created: _, ...undated } = await unsigned()
    const document = await signed()
    const start = world.now
    const at = async (ms: number) => {
      world.now = start + ms
      return outcome(document, CHALLENGE, await started())
    }

    expect(await outcome({ ...document, proof: undated })).toBe('holder_proof_invalid proof.created')
    expect(await at(-30_000)).toBe('verified')
    expect(await at(-30_001)).toBe('holder_proof_invalid proof.created')
    world.now = start
    expect(await outcome(await signed({ created: start, expires: start - 61_000 }))).toBe(
      'holder_proof_invalid proof.expires',
    )
  })

  it.each([
    ['full', () => 'unavailable' as const],
    ['down', () => Promise.reject(new Error('down'))],
  ])('is not believed while the replay store is %s', async (_, use) => {
    expect(await outcome(await signed(), CHALLENGE, await started({ use }))).toBe('replay_unavailable')
  })

  /** The proof of a presentation, to be put into another with changes. */
  async function unsigned(): Promise<JsonObject> {
    return (await signed()).proof as JsonObject
  }
})
