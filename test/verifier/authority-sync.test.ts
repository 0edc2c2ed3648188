import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { FollowedDocuments } from '../../src/did/followed-documents.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { AuthoritySync } from '../../src/verifier/authority-sync.ts'
import { AuthorityTrust } from '../../src/verifier/authority-trust.ts'
import { World } from '../helpers/world.ts'

let world: World
const onChange = vi.fn()
const fetched = vi.fn()

beforeEach(async () => {
  world = await World.create()
  onChange.mockClear()
  fetched.mockClear()
})

function following(fetch: Fetch = world.site.fetch): AuthoritySync {
  const documents = new FollowedDocuments({ loaders: {}, clock: world.clock })
  return new AuthoritySync({
    trust: new AuthorityTrust({ authority: world.authority.did, pinned: world.trust }, documents),
    resolver: createDidResolver(),
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

  it('shares a look that is under way', async () => {
    const sync = following()
    const [one, other] = [sync.sync(), sync.sync()]

    expect(one).toBe(other)
    await one
    expect(sync.sync()).not.toBe(one)
  })
})
