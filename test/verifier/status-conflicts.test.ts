import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { openHead } from '../../src/status/head.ts'
import { MAX_CONFLICTS, parseConflicts } from '../../src/verifier/conflict-log.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { StatusStore } from '../../src/verifier/ports.ts'
import { MirrorHost } from '../helpers/mirror-host.ts'
import { StatusSite } from '../helpers/status-site.ts'
import { AUDIENCE, makePerson, type Person, World } from '../helpers/world.ts'

let statusIssuer: Person
let world: World
let first: MirrorHost
let mirror: MirrorHost
let kept: Map<string, Uint8Array>
let store: StatusStore

/** A site at a real host, and a mirror that shows another history of the same status issuer. */
beforeEach(async () => {
  first = await MirrorHost.start()
  mirror = await MirrorHost.start()
  statusIssuer = await makePerson()
  world = await World.create('Ed25519', { base: first.url.slice(0, -1), statusIssuer })
  first.show(world.site)
  mirror.show(await forged())
  kept = new Map()
  store = { load: (name) => kept.get(name), save: (name, bytes) => void kept.set(name, bytes) }
})

/** @param seq Of its head. */
async function forged(seq = 1, index = 9): Promise<StatusSite> {
  const site = new StatusSite(world.site.base, statusIssuer.did, statusIssuer.signer, world.clock)
  site.set('suspension', index)
  for (let i = 0; i < seq; i++) await site.publish()
  return site
}

function make(mirrors: readonly string[] = [], statusStore = store): Verifier {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [{ ...world.trust, mirrors }],
    freshness: { '*': 'sensitive' },
    clock: world.clock,
    statusStore,
  })
  onTestFinished(() => verifier.close())
  return verifier
}

const headOf = (host: MirrorHost) => host.documents.get(world.trust.head) ?? ''
const conflictsOf = (verifier: Verifier) => verifier.status()[0]?.conflicts

async function publishLater(): Promise<void> {
  world.now += 10_000
  await world.site.publish()
}

describe('two signed heads that contradict each other', () => {
  it('are both in the state, with the places that showed them', async () => {
    const verifier = make([mirror.url])
    await verifier.sync()

    expect(conflictsOf(verifier)).toEqual([
      {
        kind: 'head_conflict',
        seenAt: world.now,
        held: { token: headOf(first), from: world.trust.head },
        presented: { token: headOf(mirror), from: mirror.url },
      },
    ])
    const trust = { statusIssuer: statusIssuer.did, resolver: createDidResolver(), now: world.now }
    for (const { token } of [conflictsOf(verifier)?.[0]?.held, conflictsOf(verifier)?.[0]?.presented].map(
      (one) => one ?? { token: '' },
    ))
      expect(await openHead(token, trust)).toMatchObject({ verified: true })
  })

  it('are there after a restart, and after whatever is saved later [MR-03]', async () => {
    await make([mirror.url]).sync()
    const conflicts = conflictsOf(await synced(make()))
    expect(conflicts).toHaveLength(1)
    for (let i = 0; i < 3; i++) {
      await publishLater()
      await make().sync()
    }

    expect(conflictsOf(await synced(make()))).toEqual(conflicts)
  })

  it('are kept once, however often they are seen', async () => {
    const verifier = make([mirror.url])
    for (let i = 0; i < 3; i++) {
      await verifier.sync()
      world.now += 700_000
    }

    expect(conflictsOf(verifier)).toHaveLength(1)
  })

  it('are kept when the status that lies beside them is broken', async () => {
    await make([mirror.url]).sync()
    kept.set(world.authority.did, Uint8Array.of(1))

    expect(conflictsOf(await synced(make()))).toHaveLength(1)
  })

  it('of several processes are kept beside each other', async () => {
    const [one, other] = [make([mirror.url]), make([mirror.url])]
    await one.sync()
    await make().sync()
    mirror.show(await forged(1, 10))
    await other.sync()

    expect(conflictsOf(await synced(make()))).toHaveLength(2)
  })

  it('are tried again to be kept when the store fails', async () => {
    let isDown = true
    const failing: StatusStore = {
      load: (name) => store.load(name),
      save: (name, bytes) => {
        if (isDown) throw new Error('full')
        return store.save(name, bytes)
      },
    }
    const verifier = make([mirror.url], failing)
    await verifier.sync()
    expect(kept.size).toBe(0)
    isDown = false
    await verifier.sync()

    expect(conflictsOf(await synced(make()))).toHaveLength(1)
  })

  it('are bounded, and the first of them stay', async () => {
    const verifier = make([mirror.url])
    for (let i = 0; i < MAX_CONFLICTS + 3; i++) {
      mirror.show(await forged(i + 1))
      await verifier.sync()
      world.now += 700_000
      await world.site.publish()
    }
    const conflicts = conflictsOf(verifier) ?? []

    expect(conflicts.length).toBe(MAX_CONFLICTS)
    expect(conflictsOf(await synced(make()))).toEqual(conflicts)
  })
})

async function synced(verifier: Verifier): Promise<Verifier> {
  await verifier.sync()
  return verifier
}

describe('evidence that was not written whole', () => {
  it('is none, and keeps nobody from what is kept whole', async () => {
    await make([mirror.url]).sync()
    const name = `${world.authority.did}#conflicts`
    const bytes = kept.get(name) ?? new Uint8Array()
    expect(parseConflicts(bytes)).toHaveLength(1)

    for (const torn of [bytes.slice(0, -1), new Uint8Array(), bytes.with(bytes.length - 9, 0x41)])
      expect(parseConflicts(torn)).toEqual([])
  })
})

describe('where the newest head was found', () => {
  it('is said: at a place, by a mirror, kept', async () => {
    const verifier = make([])
    await verifier.sync()
    expect(verifier.status()[0]?.source).toBe(world.trust.head)
    first.answer = (_, response) => void response.socket?.destroy()
    const next = make()
    await next.sync()
    expect(next.status()[0]?.source).toBe('kept')
    mirror.show(world.site)
    await publishLater()
    next.setTrust([{ ...world.trust, mirrors: [mirror.url] }])
    await next.sync()

    expect(next.status()[0]?.source).toBe(mirror.url)
  })
})
