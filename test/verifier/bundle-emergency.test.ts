import { beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import type { Json } from '../../src/core/json.ts'
import type { Did } from '../../src/model/did.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import type { Emergency } from '../../src/status/emergency.ts'
import { emergencyUrl } from '../../src/status/layout.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { StatusSite } from '../helpers/status-site.ts'
import { AUDIENCE, codeOf, makePerson, type Person, World } from '../helpers/world.ts'

const OTHER: Did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

let world: World
let status: Person
let operator: Person
let alarms: string[]

const offline: Fetch = async () => {
  throw new TypeError('there is no network')
}

beforeEach(async () => {
  status = await makePerson()
  world = await World.create('Ed25519', { statusIssuer: status })
  operator = await makePerson()
  alarms = []
})

function make(fetch: Fetch): Verifier {
  const common = { audience: AUDIENCE, freshness: { '*': 'sensitive' }, clock: world.clock, fetch } as const
  return createVerifier({ ...common, trust: [world.trust], onAlarm: ({ kind }) => void alarms.push(kind) })
}

const isolated = () => make(offline)

async function exported(): Promise<string> {
  const verifier = make(world.site.fetch)
  await verifier.sync()
  return verifier.exportBundle(operator.signer)
}

async function verdict(verifier: Verifier): Promise<string> {
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' }))
}

async function list(names: Partial<Emergency>, seq = 1): Promise<void> {
  world.now += 1000
  await world.site.declare(world.authority, names, seq)
  await world.site.publish()
}

/** The same bundle with another emergency list, signed anew by who made it. */
async function withList(bundle: string, change: (emergency: Json) => Json): Promise<string> {
  const payload = JSON.parse(Buffer.from(bundle.split('.')[1] ?? '', 'base64url').toString())
  for (const { status } of payload.authorities) status.emergency = change(status.emergency)
  return signCompactJws({ typ: 'procura-bundle+jwt', payload, signer: operator.signer })
}

async function outcome(verifier: Verifier, bundle: string): Promise<string> {
  const imported = await verifier.importBundle(bundle, { did: operator.did })
  const failure = imported.verified ? imported.authorities[0]?.failure : imported.refusal
  return failure === undefined ? 'taken' : `${failure.code} ${failure.dimension ?? ''}`.trim()
}

describe('the emergency list in a bundle', () => {
  it('is enough to refuse what it names, and nobody else is refused [EL-01]', async () => {
    await list({ owners: [OTHER] })
    const verifier = isolated()
    expect(await outcome(verifier, await exported())).toBe('taken')
    expect(await verdict(verifier)).toBe('verified')

    await list({ owners: [OTHER, world.owner.did] }, 2)
    const bundle = await exported()
    for (const each of [verifier, isolated()]) {
      expect(await outcome(each, bundle)).toBe('taken')
      expect(await verdict(each)).toBe('revoked')
    }
    expect(alarms).toEqual([])
  })

  it('cannot be left out, or be another than the head commits to [EL-01]', async () => {
    await list({ owners: [OTHER] })
    const older = world.site.documents.get(emergencyUrl(world.site.base)) ?? ''
    await list({ owners: [OTHER, world.owner.did] }, 2)
    const bundle = await exported()
    const forged = new StatusSite(world.site.base, status.did, status.signer, world.clock)
    const byStatusIssuer = await forged.declare(status, { owners: [OTHER] }, 2)

    for (const other of [null, older]) {
      const verifier = isolated()
      expect(await outcome(verifier, await withList(bundle, () => other))).toBe('status_invalid emergency')
      expect(await verdict(verifier)).toBe('status_unavailable')
    }
    expect(await outcome(isolated(), await withList(bundle, () => byStatusIssuer))).toBe('status_invalid kid')
    for (const other of [17, {}])
      expect(await outcome(isolated(), await withList(bundle, () => other))).toBe('malformed bundle')
    expect(await outcome(isolated(), await withList(bundle, (emergency) => emergency))).toBe('taken')
  })

  it('stays when an older bundle comes, which is no evidence against anybody', async () => {
    const before = await exported()
    await list({ owners: [OTHER] })
    const between = await exported()
    await list({ owners: [OTHER, world.owner.did] }, 2)
    const verifier = isolated()
    await verifier.importBundle(await exported(), { did: operator.did })

    for (const bundle of [between, before]) {
      expect(await outcome(verifier, bundle)).toBe('status_rollback seq')
      expect(await verdict(verifier)).toBe('revoked')
    }
    expect(alarms).toEqual([])
  })

  it('takes nothing back with a newer one: that is refused, and someone must look [EL-01]', async () => {
    await list({ owners: [world.owner.did] })
    const verifier = isolated()
    await verifier.importBundle(await exported(), { did: operator.did })
    await list({ owners: [OTHER] }, 2)

    expect(await outcome(verifier, await exported())).toBe('status_rollback emergency')
    expect(await verdict(verifier)).toBe('revoked')
    expect(alarms).toEqual(['emergency_rollback'])
  })

  it('takes away what a listed key of the status issuer signed, also what is held [EL-02]', async () => {
    const before = await exported()
    const verifier = isolated()
    expect(await outcome(verifier, before)).toBe('taken')
    await world.site.declare(world.authority, { keys: [status.signer.keyId] })
    const token = world.site.documents.get(emergencyUrl(world.site.base)) ?? ''
    const bundle = await withList(before, () => token)

    for (const each of [isolated(), verifier]) {
      expect(await outcome(each, bundle)).toMatch(/^status_invalid/)
      expect(await verdict(each)).toBe('status_unavailable')
    }
  })

  it('counts when the head in the bundle does not, and ends a watch', async () => {
    const before = await exported()
    world.now += 1000
    await world.site.publish()
    const verifier = isolated()
    await verifier.importBundle(await exported(), { did: operator.did })
    const presented = await world.present(await world.agentChain())
    const accepted = await verifier.verify(presented, { action: 'mail.read' })
    if (!accepted.verified) throw new Error('it is accepted')
    const ended = new Promise<string>((resolve) => {
      verifier.watch(accepted, ({ code, dimension }) => resolve(`${code} ${dimension}`))
    })
    const token = await world.site.declare(world.authority, { owners: [world.owner.did] })

    const bundle = await withList(before, () => token)
    expect(await outcome(verifier, bundle)).toBe('status_rollback seq')
    expect(await ended).toBe('revoked emergency')
  })
})
