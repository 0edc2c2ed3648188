import { beforeEach, describe, expect, it } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { StatusPublication } from '../../src/issuer/publish-status.ts'
import type { Did } from '../../src/model/did.ts'
import { readBit } from '../../src/status/bitstring.ts'
import { openHead } from '../../src/status/head.ts'
import { openLeafTable } from '../../src/status/leaf-table.ts'
import { openStatusList } from '../../src/status/open-status-list.ts'
import { openTokenStatusList } from '../../src/status/open-token-status-list.ts'
import { readTokenStatus } from '../../src/status/token-status-list.ts'
import { acceptedValue, bob, mallory } from '../helpers/signers.ts'
import { NOW, ORIGIN, PublishingStore, publishingIssuer, TENANT } from './publishing-store.ts'

const HOUR = 3_600_000

let store: PublishingStore
let now: number
let publication: StatusPublication

beforeEach(() => {
  store = new PublishingStore()
  now = NOW
  publication = newPublication()
})

/** As after a restart: nothing in memory. */
function newPublication(): StatusPublication {
  return new StatusPublication(
    publishingIssuer(store, () => now),
    TENANT,
  )
}

async function publishOk() {
  const outcome = await publication.publish()
  if (!outcome.published) throw new Error(`not published: ${outcome.reason}`)
  return outcome
}

function trust() {
  return { statusIssuer: TENANT.statusIssuer, resolver: createDidResolver(), now }
}

async function openedHead(nth = -1) {
  return acceptedValue(await openHead(store.heads.at(nth)?.jwt ?? '', trust()))
}

describe('publishing', () => {
  it('signs lists and a head that a verifier opens, the head committing to the lists', async () => {
    store.set('revocation', 7)
    const { lists } = await publishOk()

    const head = await openedHead()
    const table = acceptedValue(openLeafTable(store.heads[0]?.leafTable ?? '', head.root))
    expect(head).toMatchObject({ seq: 1, iatMs: NOW, prev: null, heartbeat: 10 })
    expect([...table.leaves.keys()]).toEqual([`${ORIGIN}/status/acme/r1`, `${ORIGIN}/status/acme/s1`])
    const [revocation] = lists
    const url = `${ORIGIN}/status/acme/r1`
    const opened = acceptedValue(await openStatusList(revocation?.jwt ?? '', { url, ...trust() }))
    expect(readBit(opened.bits, 7)).toBe(true)
    expect(opened.validUntil - opened.version).toBe(6 * HOUR)
    expect(table.leaves.get(url)).toMatchObject({ version: NOW, digest: opened.bitsDigest })
  })

  it('signs a head alone when nothing changed: the heartbeat', async () => {
    await publishOk()
    now += 10_000
    const { lists } = await publishOk()

    const [first, second] = [await openedHead(0), await openedHead(1)]
    expect(lists).toEqual([])
    expect(second).toMatchObject({ seq: 2, iatMs: now, root: first.root, prev: first.digest })
    expect(store.heads[1]?.leafTable).toBe(store.heads[0]?.leafTable)
  })

  it('signs only the list that changed', async () => {
    await publishOk()
    now += 1
    store.set('suspension', 3)
    const { lists } = await publishOk()

    expect(lists.map(({ purpose, version }) => [purpose, version])).toEqual([['suspension', now]])
  })

  it('signs a list anew when half its validity is over, and not before', async () => {
    await publishOk()
    now = NOW + 3 * HOUR - 1
    expect((await publishOk()).lists).toEqual([])
    now = NOW + 3 * HOUR + 1

    expect((await publishOk()).lists.map(({ version }) => version)).toEqual([now, now])
  })

  it('signs each list in two forms, of one version and with the same bits', async () => {
    store.set('suspension', 3)
    const { lists } = await publishOk()

    for (const { purpose, version, bitsDigest, jwt, vc = '' } of lists) {
      const url = `${ORIGIN}/status/acme/${purpose === 'revocation' ? 'r1' : 's1'}`
      const forms = await Promise.all([jwt, vc].map((text) => openStatusList(text, { url, ...trust() })))
      expect(JSON.parse(vc).proof.cryptosuite).toBe('eddsa-jcs-2022')
      for (const form of forms) expect(acceptedValue(form)).toMatchObject({ purpose, version, bitsDigest })
    }
    expect(lists).toHaveLength(2)
  })

  it('signs with the suite of its key', async () => {
    const tenant = { ...TENANT, statusIssuer: bob.keyId.split('#')[0] as Did }
    publication = new StatusPublication(
      publishingIssuer(store, () => now, bob),
      tenant,
    )

    const [list] = (await publishOk()).lists
    expect(JSON.parse(list?.vc ?? '').proof.cryptosuite).toBe('ecdsa-jcs-2019')
  })

  it('signs the mirror of a pair with each change of it, and no mirror with a heartbeat', async () => {
    store.set('revocation', 7)
    store.set('suspension', 7)
    store.set('suspension', 9)
    await publishOk()
    now += 1_000
    await publishOk()
    now += 1_000
    store.set('suspension', 9, false)
    await publishOk()

    const url = `${ORIGIN}/status/acme/t1`
    const opened = await Promise.all(
      store.mirrors.map(async ({ jwt }) =>
        acceptedValue(await openTokenStatusList(jwt, { url, ...trust() })),
      ),
    )
    expect(store.mirrors.map(({ version }) => version)).toEqual([NOW, now])
    expect(opened.map((mirror) => [7, 8, 9].map((index) => readTokenStatus(mirror, index)))).toEqual([
      [1, 0, 2],
      [1, 0, 0],
    ])
    expect(opened[0]?.validUntil).toBe(NOW + 6 * HOUR)
  })

  it('goes on after a restart where it stood', async () => {
    store.set('revocation', 7)
    await publishOk()
    now += 1
    publication = newPublication()
    store.set('revocation', 8)
    await publishOk()

    expect(await openedHead()).toMatchObject({ seq: 2, prev: (await openedHead(0)).digest })
  })
})

describe('publishing many lists', () => {
  const OWNERS = 9

  /** Each list with its version under a head, by what the issuer calls it: `r1`. */
  async function versionsUnder(nth: number) {
    const head = store.heads.at(nth)
    const { leaves } = acceptedValue(openLeafTable(head?.leafTable ?? '', head?.root ?? ''))
    return Object.fromEntries([...leaves.values()].map(({ list, version }) => [list.slice(-2), version]))
  }

  /** Ends an owner with whom so many lists change. */
  async function publishEnd(agentLists: number) {
    for (let list = 2; list <= agentLists; list++) store.addPair(list, 'agent')
    store.addPair(OWNERS, 'owner')
    publication = new StatusPublication(
      publishingIssuer(store, () => now++),
      TENANT,
    )
    await publishOk()
    const [heads, before] = [store.heads.length, now]
    for (const list of [OWNERS, ...Array.from({ length: agentLists }, (_, i) => i + 1)])
      store.set('revocation', 7, true, list)
    const { lists } = await publishOk()
    return { heads: store.heads.length - heads, before, lists }
  }

  it('publishes the one of an owner first, in a head of its own, and the rest without being asked again [INV6]', async () => {
    const { heads, before, lists } = await publishEnd(4)

    const [first, last] = [await versionsUnder(-2), await versionsUnder(-1)]
    const changed = (versions: Record<string, number>) =>
      Object.keys(versions).filter((name) => (versions[name] ?? 0) >= before)
    expect(heads).toBe(2)
    expect(changed(first)).toEqual(['r9'])
    expect(changed(last)).toEqual(['r1', 'r2', 'r3', 'r4', 'r9'])
    expect(last.r9).toBe(first.r9)
    expect(lists.map(({ list }) => list)).toEqual([9, 1, 2, 3, 4])
    expect((await openedHead(-1)).prev).toBe((await openedHead(-2)).digest)
  })

  it('publishes few of them under one head', async () => {
    const { heads, lists } = await publishEnd(3)

    expect(heads).toBe(1)
    expect(lists).toHaveLength(4)
  })

  it('publishes those of an agent alone under one head', async () => {
    await publishEnd(6)
    const heads = store.heads.length
    for (let list = 1; list <= 6; list++) store.set('revocation', 8, true, list)
    await publishOk()

    expect(store.heads.length - heads).toBe(1)
  })

  it('leaves the rest to the next time when it cannot go on, and no list to neither', async () => {
    await publishEnd(4)
    publication = newPublication()
    for (const list of [1, 2, 3, 4, OWNERS]) store.set('revocation', 8, true, list)
    const stopped = await publication.publish()
    now++
    const { lists } = await publishOk()

    expect(stopped).toEqual({ published: false, reason: 'clock_behind', behindMs: 1 })
    expect(lists.map(({ list }) => list)).toEqual([1, 2, 3, 4])
  })
})

describe('publishing is refused', () => {
  it('while the clock has not passed what was signed last, and works again when it has [ST-12]', async () => {
    await publishOk()
    now = NOW - HOUR
    const behind = await publication.publish()
    now = NOW
    const equal = await publication.publish()
    now = NOW + 1

    expect(behind).toEqual({ published: false, reason: 'clock_behind', behindMs: HOUR + 1 })
    expect(equal).toEqual({ published: false, reason: 'clock_behind', behindMs: 1 })
    expect((await publishOk()).head.seq).toBe(2)
  })

  it('when a revocation bit was cleared, also after a restart', async () => {
    store.set('revocation', 7)
    await publishOk()
    now += 1
    store.set('revocation', 7, false)
    const refusal = {
      published: false,
      reason: 'check_failed',
      list: `${ORIGIN}/status/acme/r1`,
      rule: 'cleared',
    }

    expect(await publication.publish()).toEqual(refusal)
    publication = newPublication()
    expect(await publication.publish()).toEqual(refusal)
    store.set('revocation', 7)
    expect((await publishOk()).head.seq).toBe(2)
  })

  it('not when a suspension bit was cleared', async () => {
    store.set('suspension', 7)
    await publishOk()
    now += 1
    store.set('suspension', 7, false)

    expect((await publishOk()).lists).toHaveLength(1)
  })

  it('when the key is not that of the status issuer', async () => {
    publication = new StatusPublication(
      publishingIssuer(store, () => now, mallory),
      TENANT,
    )

    expect(await publication.publish()).toMatchObject({ published: false, reason: 'check_failed' })
    expect(store.heads).toEqual([])
  })

  it('when what was published before cannot be read', async () => {
    await publishOk()
    const [list] = store.lists
    if (list === undefined) throw new Error('a list was published')
    store.lists.splice(0, 2, { ...list, jwt: list.jwt.replace(/.{8}$/, 'AAAAAAAA') })
    publication = newPublication()
    now += 1

    expect(await publication.publish()).toMatchObject({ reason: 'check_failed', rule: 'held' })
  })

  it('when somebody else published meanwhile; the next time it reads anew', async () => {
    await publishOk()
    now += 1
    store.refuseNext = true

    expect(await publication.publish()).toEqual({ published: false, reason: 'superseded' })
    expect((await publishOk()).head.seq).toBe(2)
  })
})
