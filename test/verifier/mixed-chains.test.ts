import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { MECHANISMS, type Mechanism } from '../../src/model/chain.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'

const READ = { action: 'mail.read' }

/** One world for each type of key, because a suite signs with one type only. */
const worlds = { Ed25519: await World.create(), 'P-256': await World.create('P-256') }
const verifiers = new Map<World, Verifier>()

beforeAll(async () => {
  for (const world of Object.values(worlds)) verifiers.set(world, await verifierOf(world, { rdfc: true }))
})

async function verifierOf(world: World, options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    clock: world.clock,
    fetch: world.site.fetch,
    ...options,
  })
  await verifier.sync()
  return verifier
}

function worldOf(...mechanisms: readonly Mechanism[]): World {
  return mechanisms.some((mechanism) => mechanism.startsWith('ecdsa')) ? worlds['P-256'] : worlds.Ed25519
}

async function verify(world: World, chain: readonly string[]): Promise<PresentationVerdict> {
  const request = await world.present(chain, { signer: world.subAgent.signer })
  const verifier = verifiers.get(world) ?? (await verifierOf(world))
  return verifier.verify(request, READ)
}

describe.each(MECHANISMS)('a link secured as %s', (mechanism) => {
  const world = worldOf(mechanism)

  it.each([
    ['0', [mechanism, 'vc+jwt', 'vc+jwt']],
    ['1', ['vc+jwt', mechanism, 'vc+jwt']],
    ['2', ['vc+jwt', 'vc+jwt', mechanism]],
    ['each place', [mechanism, mechanism, mechanism]],
  ] as const)('is accepted as link %s, and says the same', async (_place, [root, first, last]) => {
    const plain = await verify(world, await world.mixedChain('vc+jwt', 'vc+jwt', 'vc+jwt'))
    const mixed = await verify(world, await world.mixedChain(root, first, last))

    expect(codeOf(mixed)).toBe('verified')
    expect(mixed).toEqual(plain)
  })

  it('verifies the same again, from memory', async () => {
    const chain = await world.mixedChain(mechanism, mechanism, mechanism)
    const first = await verify(world, chain)

    expect(await verify(world, chain)).toEqual(first)
    expect(codeOf(first)).toBe('verified')
  })

  it("is not accepted when somebody else signed it in the issuer's name", async () => {
    const [root, , last] = await world.mixedChain(mechanism, mechanism, mechanism)
    const impostor = { ...world.agent.signer, keyId: world.owner.signer.keyId }
    const forged = await world.sign(world.agentCredential(), impostor, mechanism)
    const chain = mechanism === 'vc+sd-jwt' ? [root, forged] : [root, forged, last]

    expect(codeOf(await verify(world, chain))).toBe('signature_invalid')
  })

  it('is not a parent of what commits to the same credential in another mechanism [DC-13]', async () => {
    const other = mechanism === 'vc+jwt' ? 'vc+sd-jwt' : 'vc+jwt'
    const [root, , last] = await world.mixedChain('vc+jwt', other, 'vc+jwt')
    const again = await world.sign(world.agentCredential(), world.owner.signer, mechanism)

    expect(codeOf(await verify(world, [root, again, last]))).toBe('chain_broken')
  })
})

describe('a chain of several mechanisms', () => {
  it('is accepted in whatever combination', async () => {
    const ofWorld = (type: keyof typeof worlds) =>
      fc.constantFrom(
        ...MECHANISMS.filter((name) => !name.startsWith(type === 'Ed25519' ? 'ecdsa' : 'eddsa')),
      )
    for (const [type, world] of Object.entries(worlds)) {
      const any = ofWorld(type === 'P-256' ? type : 'Ed25519')
      await fc.assert(
        fc.asyncProperty(any, any, any, async (root, first, last) => {
          expect(codeOf(await verify(world, await world.mixedChain(root, first, last)))).toBe('verified')
        }),
        { numRuns: 15 },
      )
    }
  })

  it('is refused by a policy that does not say "rdfc", before any canonicalization', async () => {
    const world = worlds.Ed25519
    const strict = await verifierOf(world)
    const [root, first, last] = await world.mixedChain('vc+jwt', 'vc+jwt', 'eddsa-rdfc-2022')
    const request = await world.present([root, first, last], { signer: world.subAgent.signer })
    const jcs = await world.present(await world.mixedChain('vc+jwt', 'vc+jwt', 'eddsa-jcs-2022'), {
      signer: world.subAgent.signer,
    })

    expect(await strict.verify(request, READ)).toMatchObject({
      refusal: { code: 'unsupported', link: 2, dimension: 'cryptosuite' },
    })
    expect(codeOf(await strict.verify(jcs, READ))).toBe('verified')
  })
})
