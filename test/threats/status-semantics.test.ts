import { beforeEach, describe, expect, it } from 'vitest'
import { MECHANISMS, type Mechanism } from '../../src/model/chain.ts'
import { mailGrant, readLink, World } from '../helpers/world.ts'
import { payloadOf, signRaw, withPart } from './raw.ts'
import { READ, Stage } from './stage.ts'

let world: World
let stage: Stage

beforeEach(async () => {
  world = await World.create()
  stage = await Stage.create({ world })
})

async function publish(): Promise<void> {
  world.now += 1000
  await world.site.publish()
}

describe('a bit that is set', () => {
  it('refuses, and nothing of the verdict reads as accepted [SS-01]', async () => {
    const chain = await world.agentChain()
    expect(await stage.chain(chain)).toBe('verified')
    world.site.set('revocation', 2)
    await publish()
    const request = await world.present(chain)

    expect(await stage.verdictsOf((verifier) => verifier.verify(request, READ))).toEqual({
      verified: false,
      refusal: {
        code: 'revoked',
        link: 1,
        inherited: false,
        authenticated: false,
        retryable: false,
        refresh: true,
      },
    })
  })

  it.each<[first: string, entries: 'as issued' | 'reversed']>([
    ['revocation', 'as issued'],
    ['suspension', 'reversed'],
  ])('for suspension counts, with the entry for %s in front [SS-03]', async (_first, order) => {
    const [root, agent] = await world.agentChain()
    const credential = JSON.parse(payloadOf(agent))
    if (order === 'reversed') credential.credentialStatus.reverse()
    const chain = [root, await signRaw(JSON.stringify(credential), world.owner.signer)]
    expect(await stage.chain(chain)).toBe('verified')
    world.site.set('suspension', 2)
    await publish()

    expect(await stage.chain(chain)).toBe('suspended')
  })

  it.each(['message', 'refresh', 'Revocation', ''])(
    'for %s is asked of no credential: it has two purposes, each once [SS-04]',
    async (purpose) => {
      const [root, agent] = await world.agentChain()
      const withEntries = async (change: (entries: { statusPurpose: string }[]) => unknown) => {
        const credential = JSON.parse(payloadOf(agent))
        change(credential.credentialStatus)
        return stage.chain([root, await signRaw(JSON.stringify(credential), world.owner.signer)])
      }

      expect(await withEntries(([first]) => Object.assign(first ?? {}, { statusPurpose: purpose }))).toBe(
        'malformed',
      )
      expect(await withEntries((entries) => entries.push({ ...entries[0], statusPurpose: purpose }))).toBe(
        'malformed',
      )
      expect(await withEntries((entries) => entries.pop())).toBe('malformed')
      expect(
        await withEntries(([first, second]) =>
          Object.assign(second ?? {}, { statusPurpose: first?.statusPurpose }),
        ),
      ).toBe('malformed')
      expect(await withEntries(() => undefined)).toBe('verified')
    },
  )

  it.each([
    ['the owner', 1, 0, true],
    ['the agent', 2, 1, true],
    ['the presenter', 10, 2, false],
  ])(
    'is said with the link, %s, and whether it is inherited [DC-08, PD-05]',
    async (_who, index, link, inherited) => {
      const request = await world.present(await world.subAgentChain(), { signer: world.subAgent.signer })
      expect(await stage.request(request)).toBe('verified')
      world.site.set('revocation', index)
      await publish()
      const again = await world.present(await world.subAgentChain(), { signer: world.subAgent.signer })

      expect(await stage.verdictsOf((verifier) => verifier.verify(again, READ))).toMatchObject({
        refusal: { code: 'revoked', link, inherited },
      })
    },
  )

  it('above takes everything below with it, also what was made offline and never seen [DC-08, PD-10, PD-15]', async () => {
    world.site.set('revocation', 1)
    await publish()

    expect(await stage.derived(await world.subAgentChain())).toBe('revoked')
    expect(await stage.chain(await world.agentChain())).toBe('revoked')
    world.site.set('revocation', 1, false)
    expect(await (await Stage.create()).chain(await world.agentChain())).toBe('untrusted_authority')
    const other = await Stage.create()
    expect(await other.derived(await other.world.subAgentChain())).toBe('verified')
  })

  it.each(MECHANISMS)('counts for a credential secured as %s [SS-09]', async (mechanism: Mechanism) => {
    const home = await World.create(mechanism.startsWith('ecdsa') ? 'P-256' : 'Ed25519')
    const place = await Stage.create({ world: home })
    const chain = await home.mixedChain(mechanism, mechanism, mechanism)
    expect(await place.derived(chain)).toBe('verified')
    home.site.set('revocation', 2)
    home.now += 1000
    await home.site.publish()

    expect(await place.derived(chain)).toBe('revoked')
  })
})

describe('status', () => {
  it('cannot be cut out of a credential [SS-08]', async () => {
    const [root, agent] = await world.agentChain()
    const { credentialStatus: _, ...rest } = JSON.parse(payloadOf(agent))
    const payload = Buffer.from(JSON.stringify(rest)).toString('base64url')

    expect(await stage.chain([root, withPart(agent, 1, () => payload)])).toBe('status_missing')
    expect(await stage.chain([root, await signRaw(JSON.stringify(rest), world.owner.signer)])).toBe(
      'status_missing',
    )
    expect(await stage.chain([root, agent])).toBe('verified')
  })

  it('may be missing at the end of a chain that allows it, for a while, and not for what is critical [SS-08]', async () => {
    const strict = await Stage.create({
      world,
      verifier: { freshness: { 'mail.send': 'critical', '*': 'sensitive' } },
    })
    const grants = [mailGrant()]
    const above = await world.agentChain({ allowStatusless: true })
    const { status: _, ...bare } = world.derivedCredential(await readLink(above[1]), {
      authorizationDetails: grants,
    })
    const chain = [...above, await world.sign(bare, world.agent.signer)]
    const long = { ...bare, validUntil: bare.validFrom + 900_001 }

    expect(await strict.derived(chain)).toBe('verified')
    expect(await strict.derived(chain, { action: 'mail.send' })).toBe('status_missing')
    expect(await strict.derived([...above, await world.sign(long, world.agent.signer)])).toBe(
      'status_missing',
    )
  })

  it('is good for as long as the policy says, and then refuses [SS-11, PD-16]', async () => {
    const tiers = { 'mail.send': 'critical', 'mail.read': 'routine', '*': 'sensitive' } as const
    const tiered = await Stage.create({ world, verifier: { freshness: tiers } })
    const chain = await world.agentChain({
      authorizationDetails: [mailGrant({ actions: ['mail.read', 'mail.send', 'mail.list'] })],
    })
    const at = async (ms: number, action: string) => {
      world.now += ms
      const code = await tiered.chain(chain, {}, { action })
      world.now -= ms
      return code
    }

    expect(await at(30_000, 'mail.send')).toBe('verified')
    expect(await at(31_000, 'mail.send')).toBe('status_stale')
    expect(await at(31_000, 'mail.read')).toBe('verified')
    expect(await at(3_600_000, 'mail.read')).toBe('verified')
    expect(await at(3_601_000, 'mail.read')).toBe('status_stale')
  })

  it('that is known to be revoked stays so, however old it is [SS-11, PD-16]', async () => {
    world.site.set('revocation', 2)
    await publish()
    expect(await stage.chain(await world.agentChain())).toBe('revoked')
    world.now += 12 * 3_600_000
    const request = await world.present(await world.agentChain())

    expect(await stage.warm.verify(request, READ)).toMatchObject({ refusal: { code: 'revoked' } })
  })

  it('is looked at on every call, and so is the time: no verdict is kept [PD-03]', async () => {
    const chain = await world.agentChain({}, { validUntil: world.now + 60_000 })
    await stage.warmUp(chain, {})
    world.site.set('suspension', 2)
    await publish()
    expect(await stage.chain(chain)).toBe('suspended')
    world.site.set('suspension', 2, false)
    await publish()
    expect(await stage.chain(chain)).toBe('verified')
    world.now += 90_000
    await publish()

    expect(await stage.chain(chain)).toBe('expired')
  })
})
