import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import { changesSliceOf, encodeChanges, type ListChange } from '../../src/status/changes.ts'
import { changesUrl } from '../../src/status/layout.ts'
import { DEFAULT_LIST_VALIDITY_MS } from '../../src/status/status-list-credential.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { MAX_FOLLOWED_LISTS } from '../../src/verifier/fetch-lists.ts'
import { AUDIENCE, codeOf, makePerson, World } from '../helpers/world.ts'

const MINUTE = 60_000
const PRESENTED = 2

let world: World
let verifier: Verifier
let alarms: string[]
/** Called when the next request has been answered. */
let afterFirst: () => void

beforeEach(async () => {
  world = await World.create()
  world.now = Math.ceil(world.now / MINUTE) * MINUTE
  await world.site.publish()
  alarms = []
  afterFirst = () => undefined
  const { trust, clock } = world
  const options = {
    audience: AUDIENCE,
    trust: [trust],
    freshness: { '*': 'sensitive' },
    fetch,
    clock,
  } as const
  verifier = createVerifier({ ...options, onAlarm: ({ kind }) => alarms.push(kind) })
  await verifier.sync()
})

afterEach(() => verifier.close())

const fetch: Fetch = async (input, init) => {
  const answer = await world.site.fetch(input, init)
  afterFirst()
  return answer
}

async function publishAfter(ms: number): Promise<void> {
  world.now += ms
  await world.site.publish()
}

async function verdict(): Promise<string> {
  return codeOf(await verifier.verify(await world.present(await world.agentChain()), { action: 'mail.read' }))
}

/** What is asked for with one look, without the head. */
async function askedFor(): Promise<readonly string[]> {
  world.site.requests.length = 0
  await verifier.sync()
  const { base, requests } = world.site
  return requests
    .filter((url) => url !== world.trust.head)
    .map((url) => url.slice(base.length + 1).split('/')[0] ?? '')
}

/** Serves these in place of the changes of now. */
function serve(...changes: readonly ListChange[]): void {
  const slice = changesSliceOf(world.now)
  world.site.documents.set(changesUrl(world.site.base, slice), encodeChanges(slice, changes))
}

describe('following by changes', () => {
  it('takes in a revocation without a list', async () => {
    expect(await verdict()).toBe('verified')
    world.site.set('revocation', PRESENTED)
    await publishAfter(1000)

    expect(await askedFor()).toEqual(['changes'])
    expect(await verdict()).toBe('revoked')
  })

  it('takes in a suspension, and that it was lifted', async () => {
    world.site.set('suspension', PRESENTED)
    await publishAfter(1000)
    expect(await askedFor()).toEqual(['changes'])
    expect(await verdict()).toBe('suspended')

    world.site.set('suspension', PRESENTED, false)
    await publishAfter(1000)
    expect(await askedFor()).toEqual(['changes'])
    expect(await verdict()).toBe('verified')
  })

  it('takes in what was suspended and lifted again since the last look', async () => {
    world.site.set('suspension', PRESENTED)
    await publishAfter(1000)
    world.site.set('suspension', PRESENTED, false)
    world.site.set('revocation', 77)
    await publishAfter(1000)

    expect(await askedFor()).toEqual(['changes'])
    expect(await verdict()).toBe('verified')
  })

  it('goes on from a minute into the next ones', async () => {
    for (const index of [PRESENTED, 5, 6]) {
      world.site.set('revocation', index)
      await publishAfter(MINUTE - 1)
    }

    expect(await askedFor()).toEqual(['changes', 'changes', 'changes'])
    expect(await verdict()).toBe('revoked')
  })

  it('keeps a list valid for as long as each version of it is', async () => {
    for (let minute = 0; minute < 7 * 60; minute++) {
      world.site.set('revocation', 1000 + minute)
      world.site.set('suspension', 99, minute % 2 === 0)
      await publishAfter(MINUTE)
      if (minute % 5 === 0) expect(new Set(await askedFor())).toEqual(new Set(['changes']))
    }

    expect(await verdict()).toBe('verified')
  })

  it('takes in a list that is new, with what is set in it, and goes on with it', async () => {
    world.site.addList(`${world.site.base}/r2`, 'revocation')
    world.site.addList(`${world.site.base}/s2`, 'suspension')
    world.site.set('revocation', PRESENTED)
    await publishAfter(1000)
    expect(await askedFor()).toEqual(['changes'])
    expect(verifier.status()).toMatchObject([{ lists: 4 }])
    expect(verifier.status()[0]).not.toHaveProperty('failure')
    world.site.set('suspension', 77)
    await publishAfter(1000)

    expect(await askedFor()).toEqual(['changes'])
    expect(await verdict()).toBe('revoked')
    expect(alarms).toEqual([])
  })

  it('keeps a list that is new valid for as long as lists are when nobody says', async () => {
    world.site.addList(`${world.site.base}/r2`, 'revocation')
    await publishAfter(1000)
    await verifier.sync()

    const bundle = await verifier.exportBundle((await makePerson()).signer)
    const { authorities } = JSON.parse(Buffer.from(bundle.split('.')[1] ?? '', 'base64url').toString())
    const list = `${world.site.base}/r2`
    expect(authorities[0].status.snapshot.lists).toContainEqual(
      expect.objectContaining({ list, validUntil: world.now + DEFAULT_LIST_VALIDITY_MS }),
    )
  })

  it('looks at the head once more when a slice was signed after it', async () => {
    world.site.set('revocation', 77)
    await publishAfter(1000)
    const older = world.site.documents.get(world.trust.head) ?? ''
    world.site.set('revocation', PRESENTED)
    await publishAfter(1000)
    const newer = world.site.documents.get(world.trust.head) ?? ''
    world.site.documents.set(world.trust.head, older)
    afterFirst = () => world.site.documents.set(world.trust.head, newer)

    expect(await askedFor()).toEqual(['changes'])
    expect(world.site.requests.filter((url) => url === world.trust.head)).toHaveLength(2)
    expect(await verdict()).toBe('revoked')
  })
})

describe('a gap or a doubt', () => {
  it('is closed by the lists: more minutes than are served', async () => {
    world.site.set('revocation', PRESENTED)
    await publishAfter(10 * MINUTE)

    expect(await askedFor()).toEqual(['leaves', 'r1'])
    expect(await verdict()).toBe('revoked')
  })

  it('is closed by the lists: a minute that is not served', async () => {
    world.site.set('revocation', PRESENTED)
    await publishAfter(MINUTE)
    world.site.forgetChanges()

    expect(await askedFor()).toEqual(expect.arrayContaining(['leaves', 'r1']))
    expect(await verdict()).toBe('revoked')
  })

  it('is closed by the lists: more lists than are followed, of which none is made', async () => {
    for (let pair = 2; pair < MAX_FOLLOWED_LISTS - 1; pair++)
      world.site.addList(`${world.site.base}/r${pair}`, 'revocation')
    await publishAfter(1000)
    expect(await askedFor()).toEqual(['changes'])
    expect(verifier.status()).toMatchObject([{ lists: MAX_FOLLOWED_LISTS - 1 }])
    world.site.addList(`${world.site.base}/r3000`, 'revocation')
    await publishAfter(1000)
    expect(await askedFor()).toEqual(['changes'])
    world.site.addList(`${world.site.base}/s3001`, 'suspension')
    await publishAfter(1000)

    expect(await askedFor()).toEqual(['changes', 'leaves'])
    expect(verifier.status()).toMatchObject([
      { lists: MAX_FOLLOWED_LISTS, failure: { code: 'limit_exceeded' } },
    ])
  })

  it.each<[what: string, changes: (version: number) => readonly ListChange[]]>([
    ['one that leaves out a revocation', () => []],
    [
      'one that revokes something else as well',
      (version) => [{ purpose: 'revocation', pair: 1, version, set: [PRESENTED, 1, 77], clear: [] }],
    ],
    [
      'one of a list that nobody has',
      (version) => [
        { purpose: 'revocation', pair: 1, version, set: [PRESENTED], clear: [] },
        { purpose: 'revocation', pair: 9, version, set: [1], clear: [] },
      ],
    ],
    [
      'one of an entry beyond the end of a list',
      (version) => [{ purpose: 'revocation', pair: 1, version, set: [PRESENTED, 131_072], clear: [] }],
    ],
    [
      'one with another version',
      (version) => [{ purpose: 'revocation', pair: 1, version: version + 1, set: [PRESENTED], clear: [] }],
    ],
  ])('is closed by the lists, with no alarm: %s', async (_, changes) => {
    world.site.set('revocation', PRESENTED)
    await publishAfter(1000)
    serve(...changes(world.now))

    expect(await askedFor()).toEqual(expect.arrayContaining(['leaves', 'r1']))
    expect(await verdict()).toBe('revoked')
    expect(alarms).toEqual([])
  })

  it('is closed by the lists: bytes that are no changes', async () => {
    world.site.set('revocation', PRESENTED)
    await publishAfter(1000)
    world.site.documents.set(changesUrl(world.site.base, changesSliceOf(world.now)), 'what is this')

    expect(await askedFor()).toEqual(['changes', 'leaves', 'r1'])
    expect(await verdict()).toBe('revoked')
  })

  it('revokes nothing by changes that no head commits to', async () => {
    serve({ purpose: 'revocation', pair: 1, version: world.now, set: [PRESENTED], clear: [] })
    world.site.set('revocation', 77)
    await publishAfter(1000)
    serve({ purpose: 'revocation', pair: 1, version: world.now, set: [PRESENTED, 77], clear: [] })
    await verifier.sync()

    expect(await verdict()).toBe('verified')
  })
})
