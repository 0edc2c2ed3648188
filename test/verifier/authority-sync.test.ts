import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import type { DidDocument } from '../../src/did/did-document.ts'
import { FollowedDocuments } from '../../src/did/followed-documents.ts'
import { createDidResolver, type DidResolver } from '../../src/did/resolve-did.ts'
import { accept } from '../../src/refusal.ts'
import { FRESHNESS_SECONDS } from '../../src/status/freshness.ts'
import { AuthoritySync } from '../../src/verifier/authority-sync.ts'
import { AuthorityTrust } from '../../src/verifier/authority-trust.ts'
import { stapleOf } from '../helpers/staples.ts'
import { StatusSite } from '../helpers/status-site.ts'
import { joinLinks, makePerson, type Person, World } from '../helpers/world.ts'

let world: World
const onChange = vi.fn()
const fetched = vi.fn()

beforeEach(async () => {
  world = await World.create()
  onChange.mockClear()
  fetched.mockClear()
})

function nothingOnTheWeb(): FollowedDocuments {
  return new FollowedDocuments({ loaders: {}, clock: world.clock })
}

function following(
  fetch: Fetch = world.site.fetch,
  resolver: DidResolver = createDidResolver(),
): AuthoritySync {
  return new AuthoritySync({
    trust: new AuthorityTrust({ authority: world.authority.did, pinned: world.trust }, nothingOnTheWeb()),
    resolver,
    fetch: (input, init) => {
      fetched(String(input))
      return fetch(input, init)
    },
    clock: world.clock,
    onAlarm: () => undefined,
    onChange,
  })
}

async function publishLater(): Promise<void> {
  world.now += 1_000
  await world.site.publish()
}

describe('following one authority', () => {
  it('announces what its status says anew, and not that it is of a later time', async () => {
    const sync = following()
    await sync.sync()
    expect(onChange.mock.calls).toEqual([[world.authority.did]])
    await publishLater()
    await sync.sync()
    expect(sync.state.asOf).toBe(world.now)
    expect(onChange).toHaveBeenCalledOnce()
    world.site.set('revocation', 2)
    await publishLater()
    await sync.sync()

    expect(onChange).toHaveBeenCalledTimes(2)
    await sync.sync()
    expect(onChange).toHaveBeenCalledTimes(2)
  })

  it('looks, although something that was brought is being taken in', async () => {
    const sync = following()
    const authority = world.authority.did
    const taking = sync.take({ authority, source: '', documents: [], emergency: null, snapshot: null })

    expect(await sync.sync()).toMatchObject({ lists: 2, asOf: world.now })
    await taking
  })

  it('announces nothing while nothing can be had', async () => {
    const sync = following(() => Promise.reject(new Error('down')))

    expect(await sync.sync()).toMatchObject({ lists: 0, failure: { code: 'status_unavailable' } })
    expect(onChange).not.toHaveBeenCalled()
  })

  it('fetches leaves and lists only when they have changed', async () => {
    const sync = following()
    await sync.sync()
    expect(fetched.mock.calls.length).toBeGreaterThan(2)
    fetched.mockClear()
    await publishLater()
    await sync.sync()

    expect(fetched.mock.calls).toEqual([[world.trust.head]])
  })

  it('does not wait for a document that is being renewed before it looks at the status', async () => {
    let renew = (): void => undefined
    const renewed = new Promise<void>((resolve) => {
      renew = resolve
    })
    const trust = new AuthorityTrust(
      { authority: world.authority.did, pinned: world.trust },
      nothingOnTheWeb(),
    )
    vi.spyOn(trust, 'refresh').mockReturnValue(renewed)
    const { fetch } = world.site
    const ports = { resolver: createDidResolver(), fetch, clock: world.clock, onAlarm: () => undefined }
    const looking = new AuthoritySync({ ...ports, trust, onChange }).sync()

    await expect.poll(() => onChange.mock.calls.length).toBe(1)
    renew()
    expect(await looking).toMatchObject({ lists: 2, syncedAt: world.now })
  })

  it('shares a look that is under way', async () => {
    const sync = following()
    const [one, other] = [sync.sync(), sync.sync()]

    expect(one).toBe(other)
    await one
    expect(sync.sync()).not.toBe(one)
  })
})

describe('a staple', () => {
  const down = (): Promise<Response> => Promise.reject(new Error('down'))
  const bring = async (sync: AuthoritySync): Promise<void> =>
    sync.takeStaple(stapleOf(world.site), await joinLinks(...(await world.agentChain())))

  it('costs one signature when it is known, until what is held has changed', async () => {
    const resolved = vi.fn()
    const keys = createDidResolver()
    let isDown = true
    const sync = following((input, init) => (isDown ? down() : world.site.fetch(input, init)), {
      resolve: (did) => {
        resolved(did)
        return keys.resolve(did)
      },
    })
    const costOf = async (work: () => Promise<void>): Promise<number> => {
      resolved.mockClear()
      await work()
      return resolved.mock.calls.length
    }

    await sync.sync()
    expect(await costOf(() => bring(sync))).toBe(3)
    expect(await costOf(() => bring(sync))).toBe(1)
    isDown = false
    await sync.sync()
    isDown = true
    expect(await costOf(() => bring(sync))).toBe(3)
    expect(await costOf(() => bring(sync))).toBe(1)
    await publishLater()
    expect(await costOf(() => bring(sync))).toBe(3)
  })

  it('is forgotten with the look after which no tier accepts it, but for its revocations', async () => {
    world.site.set('revocation', 2)
    await publishLater()
    const sync = following(down)
    await sync.sync()
    await bring(sync)
    const isRevoked = () => sync.view.list(`${world.site.base}/r1`, world.trust.statusIssuer)?.read(2)
    world.now += FRESHNESS_SECONDS.routine * 1000
    await sync.sync()
    expect(sync.stapledView).toBeDefined()
    expect(isRevoked()).toBeUndefined()
    world.now += 1
    await sync.sync()

    expect(sync.stapledView).toBeUndefined()
    expect(isRevoked()).toBe(true)
  })
})

describe('whoever is told of changes', () => {
  it('is told of a list that is retired', async () => {
    const sync = following()
    await sync.sync()
    onChange.mockClear()
    world.site.retire('r1')
    await publishLater()
    await sync.sync()

    expect(onChange.mock.calls).toEqual([[world.authority.did]])
    expect(sync.state).toMatchObject({ lists: 1 })
  })

  it('is told at each look that its authority cannot be trusted now', async () => {
    const authority = 'did:web:id.example'
    const trust = new AuthorityTrust({ authority }, nothingOnTheWeb())
    const { fetch } = world.site
    const ports = { resolver: createDidResolver(), fetch, clock: world.clock, onAlarm: () => undefined }
    const sync = new AuthoritySync({ ...ports, trust, onChange })

    expect(await sync.sync()).toMatchObject({ failure: { code: 'did_unresolvable' } })
    await sync.sync()
    expect(onChange.mock.calls).toEqual([[authority], [authority]])
  })

  it('may be nobody', async () => {
    const trust = new AuthorityTrust(
      { authority: world.authority.did, pinned: world.trust },
      nothingOnTheWeb(),
    )
    const { fetch } = world.site
    const ports = { resolver: createDidResolver(), fetch, clock: world.clock, onAlarm: () => undefined }

    expect(await new AuthoritySync({ ...ports, trust }).sync()).toMatchObject({ lists: 2 })
  })
})

describe('what a head and its lists are taken from', () => {
  it('may end with a line', async () => {
    for (const [url, text] of world.site.documents)
      if (!url.includes('/leaves/')) world.site.documents.set(url, `${text}\n`)

    expect(await following().sync()).toMatchObject({ lists: 2, syncedAt: world.now })
  })

  it('is not asked for lists that are retired', async () => {
    world.site.retire('r1')
    await publishLater()
    const sync = following()

    expect(await sync.sync()).toMatchObject({ lists: 1, syncedAt: world.now })
    expect(fetched.mock.calls.filter(([url]) => url.includes('/r1/'))).toEqual([])
    expect(fetched.mock.calls.filter(([url]) => url.includes('/s1/'))).toHaveLength(1)
  })

  it('is refused an older list at the address of the one that the head commits to [SL-08]', async () => {
    const url = () => `${world.site.base}/r1/${world.now}.jwt`
    const old = world.site.documents.get(url()) ?? ''
    world.site.set('revocation', 2)
    await publishLater()
    const genuine = world.site.documents.get(url()) ?? ''
    world.site.documents.set(url(), old)
    const sync = following()

    expect(await sync.sync()).toMatchObject({
      lists: 1,
      failure: { code: 'status_invalid', dimension: 'digest' },
    })
    world.site.documents.set(url(), genuine)
    const { failure, lists } = await sync.sync()
    expect([failure, lists]).toEqual([undefined, 2])
  })
})

describe('a head that goes back', () => {
  let issuer: Person

  beforeEach(async () => {
    issuer = await makePerson()
    world = await World.create('Ed25519', { statusIssuer: issuer })
  })

  /** The same status issuer, from whom somebody has what it signed earlier, under a head that is new. */
  async function earlierSite(): Promise<StatusSite> {
    const site = new StatusSite(world.site.base, issuer.did, issuer.signer, world.clock)
    site.skip(100)
    const now = world.now
    world.now -= 5_000
    await site.publish()
    world.now = now + 1_000
    await site.publish()
    return site
  }

  it('with its lists is not followed, and which one goes back is told [SL-08]', async () => {
    const earlier = await earlierSite()
    let site = world.site
    const sync = following((input, init) => site.fetch(input, init))
    await sync.sync()
    site = earlier

    const { failure } = await sync.sync()

    expect(failure).toMatchObject({ code: 'status_rollback', url: expect.stringMatching(/\/[rs]1$/) })
    expect((await sync.sync()).failure).toEqual(failure)
  })

  it('may forget a list altogether, and nothing throws', async () => {
    world.site.addList(`${world.site.base}/r2`, 'revocation')
    await publishLater()
    let site = world.site
    const sync = following((input, init) => site.fetch(input, init))
    expect(await sync.sync()).toMatchObject({ lists: 3 })
    site = new StatusSite(world.site.base, issuer.did, issuer.signer, world.clock)
    site.skip(100)
    for (let head = 0; head < 2; head++) {
      world.now += 1_000
      await site.publish()
    }

    expect(await sync.sync()).toMatchObject({ lists: 3, syncedAt: world.now })
  })
})

describe('a key that the status issuer lists no more', () => {
  type Keys = (document: DidDocument) => DidDocument

  /** The document of the status issuer has a second key, until `keys` says otherwise. */
  function withKeys(keys: { now: Keys }): DidResolver {
    const resolver = createDidResolver()
    return {
      resolve: async (did) => {
        const document = await resolver.resolve(did)
        return document.verified ? accept(keys.now(document.value)) : document
      },
    }
  }

  const both: Keys = (document) => {
    const [first] = document.verificationMethods
    if (first === undefined) throw new Error('the control has no key')
    const second = { ...first, id: `${document.id}#second` as const, thumbprint: 'second' }
    return {
      ...document,
      verificationMethods: [first, second],
      assertionMethod: [...document.assertionMethod, second.id],
    }
  }

  it('is forgotten with all lists, which are fetched again', async () => {
    const keys: { now: Keys } = { now: both }
    const sync = following(world.site.fetch, withKeys(keys))
    await sync.sync()
    fetched.mockClear()
    await sync.sync()
    expect(fetched.mock.calls).toEqual([[world.trust.head]])
    keys.now = (document) => ({ ...both(document), assertionMethod: document.assertionMethod })
    fetched.mockClear()
    await sync.sync()

    expect(fetched.mock.calls.map(([url]) => url.split('/').at(-2))).toEqual(
      expect.arrayContaining(['r1', 's1']),
    )
    expect(sync.state).toMatchObject({ lists: 2, syncedAt: world.now })
  })

  it('is told of at once, even while nothing can be fetched', async () => {
    const keys: { now: Keys } = { now: both }
    const sync = following(world.site.fetch, withKeys(keys))
    await sync.sync()
    onChange.mockClear()
    world.site.reachable = false
    await sync.sync()
    expect(onChange).not.toHaveBeenCalled()
    keys.now = (document) => document
    await sync.sync()

    expect(onChange).toHaveBeenCalledOnce()
  })
})
