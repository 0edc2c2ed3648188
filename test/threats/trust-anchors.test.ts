import { beforeAll, describe, expect, it } from 'vitest'
import type { Did } from '../../src/model/did.ts'
import type { Verifier } from '../../src/verifier/create-verifier.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'
import { AUDIENCE, codeOf, makePerson, World } from '../helpers/world.ts'
import { payloadOf, presentRaw, signRaw } from './raw.ts'
import { READ, Stage } from './stage.ts'

let world: World
let stage: Stage
let chain: readonly [string, string]

beforeAll(async () => {
  world = await World.create()
  stage = await Stage.create({ world })
  chain = await world.agentChain()
})

async function trusting(...trust: readonly (TrustEntry | string)[]): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust,
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
  })
  await verifier.sync()
  return verifier
}

const outcome = async (verifier: Verifier) => codeOf(await verifier.verify(await world.present(chain), READ))

describe('a verifier', () => {
  it('that trusts nobody accepts nobody, and there is no default [TP-01, PD-09]', async () => {
    const withoutTrust = { audience: AUDIENCE, freshness: { '*': 'sensitive' } }

    expect(await outcome(await trusting())).toBe('untrusted_authority')
    // @ts-expect-error trust is required
    expect(() => createVerifier(withoutTrust)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
    )
    expect(await outcome(await trusting(world.trust))).toBe('verified')
  })

  it('trusts one DID, not all that begin like it, end like it or match it [TP-02]', async () => {
    const { authority } = world.trust
    const last = authority.at(-1) === 'A' ? 'B' : 'A'
    for (const other of [authority.slice(0, -1), authority.slice(0, -1) + last, `${authority}A`]) {
      const verifier = await trusting({ ...world.trust, authority: other as Did })
      expect(await outcome(verifier)).toBe('untrusted_authority')
    }
    for (const pattern of [
      `${authority}#`,
      `${authority}*`,
      `${authority}/`,
      '*',
      'did:*',
      '',
      '.*',
      'did:key:*',
    ])
      await expect(trusting({ ...world.trust, authority: pattern as Did })).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_CONFIGURATION',
      })
    await expect(trusting(/did:key/ as unknown as string)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })

    expect(await outcome(await trusting(world.trust))).toBe('verified')
  })

  it('believes the status of whom it was told to, and of nobody whom a chain names [TP-04, SL-10]', async () => {
    const other = await makePerson()
    const owner = world.ownerCredential()
    const statusService = { ...owner.subject.statusService, issuer: other.did }
    const renamed = await world.sign(
      { ...owner, subject: { ...owner.subject, statusService } },
      world.authority.signer,
    )

    expect(await outcome(await trusting({ ...world.trust, statusIssuer: other.did }))).toBe('status_invalid')
    expect(await stage.chain([renamed, chain[1]])).toBe('status_invalid')
    await expect(trusting({ ...world.trust, statusIssuer: world.authority.did })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
    expect(await stage.chain(chain)).toBe('verified')
  })

  it('that is made anew without an authority refuses what it accepted, with the stores of before [TP-05]', async () => {
    const kept = new Map<string, readonly string[]>()
    const chains = {
      get: (digest: string) => kept.get(digest),
      put: (digest: string, { texts }: { readonly texts: readonly string[] }) =>
        kept.set(digest, texts) !== undefined,
    }
    const before = await Stage.create({ world, verifier: { chains } })
    await before.warmUp(chain, {})
    const other = await World.create()
    const after = await Stage.create({ world: other, verifier: { chains, clock: world.clock } })

    expect(codeOf(await before.warm.verify(await world.refer(chain), READ))).toBe('verified')
    expect(codeOf(await after.warm.verify(await world.refer(chain), READ))).toBe('untrusted_authority')
    expect(codeOf(await after.warm.verify(await world.present(chain), READ))).toBe('untrusted_authority')
  })

  it('answers a refusal that nothing can read as a yes [TP-08]', async () => {
    const request = await world.present(chain, { signer: world.owner.signer })
    const refused = await stage.verdictsOf((verifier) => verifier.verify(request, READ))

    expect(refused.verified).toBe(false)
    expect(Object.keys(refused).sort()).toEqual(['refusal', 'verified'])
    expect(Object.values(refused)).not.toContain(true)
    for (const name of ['agent', 'owner', 'presenter', 'chain', 'grant', 'status'])
      expect(name in refused).toBe(false)
    expect(JSON.parse(JSON.stringify(refused))).toEqual({ verified: false, refusal: expect.any(Object) })
    const accepted = await stage.verdictsOf(async (verifier) => verifier.verify(await presentedOnce(), READ))
    expect(accepted.verified).toBe(true)
  })

  const presentedOnce = () => presentRaw(world, chain)

  it.each(['none', 'HS256', 'RS256', 'ES384', 'ES256K', 'EdDSA '])(
    'has no use for the algorithm %s [TP-09]',
    async (alg) => {
      const foreign = await signRaw(payloadOf(chain[1]), world.owner.signer, { alg })

      expect(await stage.chain([chain[0], foreign])).toBe('unsupported')
      expect(await stage.chain(chain)).toBe('verified')
    },
  )

  it.each([
    ['algorithms', { algoritms: ['ES256'] }],
    ['assurance', { asurance: { levels: ['mfa'], minimum: { '*': 'mfa' } } }],
    ['a store', { Usage: {} }],
    ['a name of every object', Object.fromEntries([['toString', true]])],
  ])(
    'is not made with what is not its option: %s, misspelt, would limit nothing [TP-09]',
    (_what, misspelt) => {
      const options = { audience: AUDIENCE, trust: [world.trust], freshness: { '*': 'sensitive' } } as const

      expect(() => createVerifier({ ...options, ...misspelt })).toThrow(
        expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
      )
      expect(createVerifier({ ...options, algorithms: ['ES256'] }).origin).toBe('https://mail.example')
    },
  )

  it('takes an algorithm for the keys that it belongs to [TP-09]', async () => {
    const foreign = await signRaw(payloadOf(chain[1]), world.owner.signer, { alg: 'ES256' })

    expect(await stage.chain([chain[0], foreign])).toBe('signature_invalid')
    expect(
      await stage.chain([
        chain[0],
        await signRaw(payloadOf(chain[1]), world.owner.signer, { alg: 'Ed25519' }),
      ]),
    ).toBe('verified')
  })

  it('is for one tenant and one environment, if it says so [TP-02]', async () => {
    const narrow = await trusting({ ...world.trust, tenants: ['globex'] })
    const subject = { ...world.ownerCredential().subject, environment: 'staging' }
    const staging = await world.sign(world.ownerCredential({ subject }), world.authority.signer)
    const agent = await world.sign(world.agentCredential({ environment: 'staging' }), world.owner.signer)

    expect(await outcome(narrow)).toBe('tenant_mismatch')
    expect(await stage.chain([staging, agent])).toBe('environment_mismatch')
    expect(await stage.chain([staging, chain[1]])).toBe('chain_broken')
    expect(await stage.chain(chain)).toBe('verified')
  })
})
