import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Emergency } from '../../src/status/emergency.ts'
import { emergencyUrl } from '../../src/status/layout.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierAlarm } from '../../src/verifier/verifier-alarm.ts'
import { AUDIENCE, codeOf, makePerson, type Person, World } from '../helpers/world.ts'

let world: World
let status: Person
let verifier: Verifier
let alarms: VerifierAlarm['kind'][]

beforeEach(async () => {
  status = await makePerson()
  world = await World.create('Ed25519', { statusIssuer: status })
  verifier = newVerifier()
})
afterEach(() => verifier.close())

function newVerifier(): Verifier {
  alarms = []
  const { trust, clock, site } = world
  const follows = { audience: AUDIENCE, trust: [trust], freshness: { '*': 'sensitive' }, clock } as const
  return createVerifier({ ...follows, fetch: site.fetch, onAlarm: ({ kind }) => alarms.push(kind) })
}

async function present() {
  return await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' })
}

async function verdict(): Promise<string> {
  return codeOf(await present())
}

/** Lists something a second later, with the head that commits to it. */
async function list(listed: Partial<Emergency>, seq = 1): Promise<void> {
  world.now += 1000
  await world.site.declare(world.authority, listed, seq)
  await world.site.publish()
}

async function failure(): Promise<string | undefined> {
  const [state] = await verifier.sync()
  return state?.failure && `${state.failure.code} ${state.failure.dimension ?? ''}`.trim()
}

const OTHER = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

describe('what an emergency list names', () => {
  it.each<readonly [string, number, () => Partial<Emergency>]>([
    ['the authority', 0, () => ({ authority: true })],
    ['the owner', 0, () => ({ owners: [world.owner.did] })],
    ['the key of the authority', 0, () => ({ keys: [world.authority.signer.keyId] })],
    ['the key of the owner', 0, () => ({ keys: [world.owner.signer.keyId] })],
    ['the key of the agent', 1, () => ({ keys: [world.agent.signer.keyId] })],
  ])('is refused from the next look on: %s', async (_, link, listed) => {
    await verifier.sync()
    expect(await verdict()).toBe('verified')

    await list(listed())
    expect(await failure()).toBeUndefined()

    const refused = await present()
    expect(refused.verified ? undefined : refused.refusal).toMatchObject({
      code: 'revoked',
      link,
      dimension: 'emergency',
      inherited: link === 0,
    })
  })

  it('is refused by a verifier that starts later, and nobody else is', async () => {
    await list({ owners: [OTHER], keys: [`${OTHER}#key-1`] })
    await verifier.sync()
    expect(await verdict()).toBe('verified')
    verifier.close()

    await list({ owners: [OTHER, world.owner.did], keys: [`${OTHER}#key-1`] }, 2)
    verifier = newVerifier()
    await verifier.sync()
    expect(await verdict()).toBe('revoked')
  })

  it('ends a watch', async () => {
    await verifier.sync()
    const accepted = await present()
    if (!accepted.verified) throw new Error('it is accepted')
    const ended = new Promise<string>((resolve) => {
      verifier.watch(accepted, ({ code, dimension }) => resolve(`${code} ${dimension}`))
    })

    await list({ owners: [world.owner.did] })
    await verifier.sync()

    expect(await ended).toBe('revoked emergency')
  })

  it('counts although no head commits to it, when the head is late', async () => {
    await verifier.sync()
    world.now += 30_000
    await world.site.declare(world.authority, { owners: [world.owner.did] })
    await verifier.sync()
    expect(await verdict()).toBe('verified')
    world.now += 1

    expect(await failure()).toBeUndefined()
    expect(await verdict()).toBe('revoked')
  })

  it('counts although the head does not verify', async () => {
    await verifier.sync()
    await list({ owners: [world.owner.did] })
    world.site.documents.set(world.trust.head, 'nothing.of.use')

    expect(await failure()).toBe('status_invalid header')
    expect(await verdict()).toBe('revoked')
  })
})

describe('a key of the status issuer that is listed', () => {
  it('signs no head and no list that counts [EL-02]', async () => {
    await verifier.sync()
    expect(await verdict()).toBe('verified')

    await list({ keys: [status.signer.keyId] })

    expect(await failure()).toBe('status_invalid emergency')
    expect(await verdict()).toBe('status_unavailable')
    expect(await failure()).toMatch(/^status_invalid/)
  })
})

describe('an emergency list', () => {
  it('cannot be withheld: the head commits to it [EL-01, L4]', async () => {
    await verifier.sync()
    await list({ owners: [world.owner.did] })
    const held = world.site.documents.get(emergencyUrl(world.site.base)) ?? ''
    world.site.documents.delete(emergencyUrl(world.site.base))

    expect(await failure()).toBe('status_unavailable emergency')
    verifier.close()
    verifier = newVerifier()
    await verifier.sync()
    expect(await verdict()).toBe('status_unavailable')

    world.site.documents.set(emergencyUrl(world.site.base), held)
    expect(await failure()).toBeUndefined()
    expect(await verdict()).toBe('revoked')
  })

  it('is not taken from the status issuer [EL-02]', async () => {
    await verifier.sync()
    world.now += 1000
    await world.site.declare(status, { owners: [world.owner.did] })
    await world.site.publish()

    expect(await failure()).toBe('status_unavailable emergency')
    expect(await verdict()).toBe('verified')
  })

  it('is not followed by an older one: that is refused, and someone must look [EL-01]', async () => {
    await list({})
    const [older, digest] = [
      world.site.documents.get(emergencyUrl(world.site.base)) ?? '',
      world.site.emergency,
    ]
    await list({ owners: [world.owner.did] }, 2)
    await verifier.sync()
    expect(alarms).toEqual([])

    world.now += 1000
    world.site.documents.set(emergencyUrl(world.site.base), older)
    world.site.emergency = digest
    await world.site.publish()

    expect(await failure()).toBe('status_rollback emergency')
    expect(alarms).toEqual(['emergency_rollback'])
    expect(await verdict()).toBe('revoked')
  })

  it('takes nothing back with a newer one, which is refused as well, and lists what it adds', async () => {
    await list({ owners: [world.owner.did] })
    await verifier.sync()

    await list({ owners: [OTHER] }, 2)

    expect(await failure()).toBe('status_rollback emergency')
    expect(alarms).toEqual(['emergency_rollback'])
    expect(await verdict()).toBe('revoked')
  })

  it('cannot be left out by a head once it was seen', async () => {
    await list({ owners: [OTHER] })
    expect(await failure()).toBeUndefined()

    world.now += 1000
    world.site.emergency = null
    await world.site.publish()

    expect(await failure()).toBe('status_unavailable emergency')
  })

  it('is asked for only where the head commits to another one, or is late', async () => {
    const asked = async () => {
      world.site.requests.length = 0
      await verifier.sync()
      return world.site.requests.filter((url) => url.endsWith('/emergency')).length
    }
    expect(await asked()).toBe(0)
    await list({ owners: [OTHER] })
    expect(await asked()).toBe(1)
    expect(await asked()).toBe(0)
    world.now += 30_001
    expect(await asked()).toBe(1)
    await world.site.publish()
    expect(await asked()).toBe(0)
  })
})
