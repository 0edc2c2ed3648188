import { beforeEach, describe, expect, it } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Issuer } from '../../src/issuer/issuer.ts'
import type { HeldFile, PublicationTarget, PublishedFile } from '../../src/issuer/publication-target.ts'
import { StatusPublication } from '../../src/issuer/publish-status.ts'
import { TargetPublication } from '../../src/issuer/publish-to-target.ts'
import { accept } from '../../src/refusal.ts'
import { openHead } from '../../src/status/head.ts'
import { parseLeafTable } from '../../src/status/leaf-table.ts'
import { openStatusList } from '../../src/status/open-status-list.ts'
import { acceptedValue, alice, bob } from '../helpers/signers.ts'
import { webDocument } from '../status/fixtures.ts'
import { NOW, ORIGIN, PublishingStore, publishingIssuer, TENANT } from './publishing-store.ts'

/** A target in memory that can fail at any write, before or after it. */
class MemoryTarget implements PublicationTarget {
  readonly kind = 'directory'
  readonly isTree: boolean
  readonly files = new Map<string, HeldFile>()
  /** Paths in the order in which they were written. */
  readonly writes: string[] = []
  /** How many writes still work. */
  left = Number.POSITIVE_INFINITY
  #serial = 0

  constructor(isTree = false) {
    this.isTree = isTree
  }

  async read(path: string): Promise<HeldFile | undefined> {
    return this.files.get(path)
  }

  async replace({ path, body }: PublishedFile, tag: string | undefined): Promise<string | undefined> {
    if (this.left-- <= 0) throw new Error('the disk is gone')
    if (this.files.get(path)?.tag !== tag) return undefined
    this.files.set(path, { body, tag: `${++this.#serial}` })
    this.writes.push(path)
    return `${this.#serial}`
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.files.keys()].filter((path) => path.startsWith(prefix))
  }

  async remove(path: string): Promise<void> {
    this.files.delete(path)
  }

  body(path: string): string {
    return this.files.get(path)?.body ?? ''
  }

  put(path: string, body: string): void {
    this.files.set(path, { body, tag: `${++this.#serial}` })
  }
}

let now: number
let store: PublishingStore
let issuer: Issuer
let target: MemoryTarget
let publication: TargetPublication

beforeEach(() => {
  now = NOW
  store = new PublishingStore()
  issuer = publishingIssuer(store, () => now)
  target = new MemoryTarget()
  publication = new TargetPublication(issuer, TENANT, target)
})

/** Publishes in the registry, as the service does. */
async function commit(by: Issuer = issuer): Promise<void> {
  now += 1_000
  const outcome = await new StatusPublication(by, TENANT).publish()
  expect(outcome.published).toBe(true)
}

async function revoke(index: number): Promise<void> {
  store.set('revocation', index)
  await commit()
}

const LIST = `${ORIGIN}/status/acme/r1`
const TRUST = () => ({ statusIssuer: TENANT.statusIssuer, resolver: issuer.resolver, now })

/** What a reader that follows the head finds: its number and the bits' digests; throws when anything is missing or does not fit. */
async function follow(from: MemoryTarget = target) {
  const head = acceptedValue(await openHead(from.body('status/acme/head'), TRUST()))
  const leaves = acceptedValue(parseLeafTable(from.body(`status/acme/leaves/${head.root}`)))
  for (const { list, version, digest } of leaves) {
    const path = `${new URL(list).pathname.slice(1)}/${version}`
    for (const end of ['jwt', 'json']) {
      const opened = await openStatusList(from.body(`${path}.${end}`), { ...TRUST(), url: list })
      expect(acceptedValue(opened)).toMatchObject({ version, bitsDigest: digest })
    }
  }
  return head
}

describe('publishing to a target', () => {
  it('shows nothing before there is anything', async () => {
    expect(await publication.publish()).toEqual({ state: 'empty' })
  })

  it('writes what is named by its content, then names of lists, then the head', async () => {
    await commit()
    expect((await publication.publish()).state).toBe('shown')

    const places = target.writes.map((path) =>
      /\/[rs]1\/|leaves/.test(path) ? 'content' : path.endsWith('head') ? 'head' : 'name',
    )
    expect(places).toEqual([...Array(5).fill('content'), ...Array(8).fill('name'), 'head'])
    await follow()
  })

  it('writes each list as its bare name and with both ends, and the mirror of the pair', async () => {
    await commit()
    await publication.publish()

    for (const name of ['r1', 's1']) {
      const json = target.body(`status/acme/${name}.json`)
      expect(target.body(`status/acme/${name}`)).toBe(json)
      expect(JSON.parse(json).id).toBe(`${ORIGIN}/status/acme/${name}`)
      expect(target.body(`status/acme/${name}.jwt`)).toMatch(/^ey/)
    }
    expect(target.body('status/acme/t1')).toBe(store.mirrors[0]?.jwt)
  })

  it('writes what changed since the head that it shows, and what was added to the slice of that', async () => {
    await commit()
    await publication.publish()
    await revoke(7)
    now += 60_000
    await revoke(8)
    target.writes.length = 0
    await publication.publish()
    const slices = [...store.changes]

    expect(slices).toHaveLength(2)
    for (const [slice, body] of slices) expect(target.body(`status/acme/changes/${slice}`)).toBe(body)
    expect(target.writes.at(-1)).toBe('status/acme/head')
  })

  it('writes the emergency list before all else, and none over a newer one', async () => {
    store.list('owner', 'did:key:zA')
    await commit()
    expect((await publication.publish()).state).toBe('shown')
    expect(target.writes[0]).toBe('status/acme/emergency')
    const [first] = store.emergencies

    store.list('owner', 'did:key:zB')
    await commit()
    await publication.publish()
    expect(target.body('status/acme/emergency')).toBe(store.emergencies[1]?.jwt)

    if (first !== undefined) store.emergencies.push(first)
    await commit()
    store.emergencies.splice(1)
    expect(await publication.publish()).toEqual({
      state: 'refused',
      fault: 'target_ahead',
      rule: 'emergency',
    })
  })

  it('leaves the bare name of a list to the web server where names are those of a file system', async () => {
    const tree = new MemoryTarget(true)
    await commit()
    await new TargetPublication(issuer, TENANT, tree).publish()

    expect(tree.files.has('status/acme/r1')).toBe(false)
    expect(tree.files.has('status/acme/r1.json')).toBe(true)
  })

  it('writes only what changed, and the head at every heartbeat', async () => {
    await commit()
    await publication.publish()
    target.writes.length = 0
    await commit()
    await publication.publish()
    expect(target.writes).toEqual(['status/acme/head'])

    target.writes.length = 0
    await revoke(7)
    await publication.publish()
    expect(target.writes.filter((path) => path.includes('s1'))).toEqual([])
    expect(target.writes.filter((path) => path.includes('r1'))).toHaveLength(5)
    expect((await follow()).seq).toBe(3)
  })

  it('writes nothing when the newest head is there', async () => {
    await commit()
    await publication.publish()
    target.writes.length = 0
    await publication.publish()

    expect(target.writes).toEqual([])
  })

  it('shows the old commit or the new one after an interruption at any write, and goes on from there [ST-07]', async () => {
    await commit()
    await publication.publish()
    await revoke(7)
    for (let writes = 0; ; writes++) {
      const broken = new MemoryTarget()
      for (const [path, held] of target.files) broken.put(path, held.body)
      broken.left = writes
      const interrupted = new TargetPublication(issuer, TENANT, broken)
      const failed = await interrupted.publish().then(
        () => false,
        () => true,
      )
      expect((await follow(broken)).seq).toBe(failed ? 1 : 2)
      broken.left = Number.POSITIVE_INFINITY
      expect((await interrupted.publish()).state).toBe('shown')
      expect((await follow(broken)).seq).toBe(2)
      if (!failed) break
    }
  })

  it('catches up with the newest state after it has been away', async () => {
    await commit()
    await publication.publish()
    for (const index of [1, 2, 3]) await revoke(index)
    expect((await publication.publish()).state).toBe('shown')

    expect((await follow()).seq).toBe(4)
  })

  it('says when the first of its lists ends', async () => {
    await commit()
    const outcome = await publication.publish()

    expect(outcome).toMatchObject({ lapsesAt: now + 21_600_000 })
  })

  it('removes what no head has named for an hour, and nothing else', async () => {
    await commit()
    await publication.publish()
    await publication.tidy()
    const old = [...target.files.keys()].filter((path) => /r1\/|leaves/.test(path))
    target.put('status/acme/notes.txt', 'of somebody else')
    await revoke(7)
    await publication.publish()
    now += 3_599_000
    await publication.tidy()
    expect(old.every((path) => target.files.has(path))).toBe(true)

    now += 2_000
    await publication.tidy()
    expect(old.filter((path) => target.files.has(path))).toEqual([])
    expect(target.files.has('status/acme/notes.txt')).toBe(true)
    await follow()
  })

  it('repairs what nobody signed', async () => {
    await commit()
    await publication.publish()
    for (const path of ['head', 'r1.jwt', 's1']) target.put(`status/acme/${path}`, 'garbage')
    await revoke(7)
    const again = new TargetPublication(issuer, TENANT, target)

    expect((await again.publish()).state).toBe('shown')
    await follow()
  })
})

/** What a head claims that comes after the first. */
const NEWER = { seq: 99, prev: 'A'.repeat(43) }

/** The same text by another key of the same issuer, with other claims, signed by nobody. */
function forge(text: string, changes: object = {}): string {
  const [header = '', payload = '', signature = ''] = text.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  const write = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  const { kid, ...others } = read(header)
  const claims = Object.keys(changes).length === 0 ? payload : write({ ...read(payload), ...changes })
  return [write({ ...others, kid: `${kid}later` }), claims, signature].join('.')
}

/** An issuer whose keys can be replaced. */
function ofWebIssuer() {
  const statusIssuer = 'did:web:id.example:status' as const
  const signer = { ...alice, keyId: `${statusIssuer}#s1` as const }
  const resolver = createDidResolver({ methods: { web: async () => accept(webDocument([signer])) } })
  return {
    tenant: { ...TENANT, statusIssuer },
    issuer: { ...publishingIssuer(store, () => now, signer), resolver },
  }
}

describe('what nobody signed is replaced at a target', () => {
  it.each([
    ['garbage', () => 'not a head'],
    ['a head by a key of a did:key that it does not have', (head: string) => forge(head, NEWER)],
  ])('%s', async (_, spoil) => {
    await commit()
    await publication.publish()
    target.put('status/acme/head', spoil(target.body('status/acme/head')))
    const anew = new TargetPublication(issuer, TENANT, target)

    expect(await anew.compare()).toBeUndefined()
    expect((await anew.publish()).state).toBe('shown')
    expect(target.body('status/acme/head')).toBe(store.heads[0]?.jwt)
  })

  it('a head by an unknown key that does not claim to be newer', async () => {
    const web = ofWebIssuer()
    await new StatusPublication(web.issuer, web.tenant).publish()
    const shown = new TargetPublication(web.issuer, web.tenant, target)
    await shown.publish()
    target.put('status/acme/head', forge(target.body('status/acme/head')))
    const anew = new TargetPublication(web.issuer, web.tenant, target)

    expect(await anew.compare()).toBeUndefined()
    expect((await anew.publish()).state).toBe('shown')
    expect(target.body('status/acme/head')).toBe(store.heads[0]?.jwt)
  })
})

describe('a target is not written to', () => {
  async function refused(): Promise<unknown> {
    const before = target.body('status/acme/head')
    target.writes.length = 0
    const outcome = await new TargetPublication(issuer, TENANT, target).publish()
    expect(target.body('status/acme/head')).toBe(before)
    expect(target.writes.filter((path) => !/\/[rs]1\//.test(path))).toEqual([])
    return outcome
  }

  it('when it shows a newer head than the registry has, as after the restore of a backup [INV6]', async () => {
    await commit()
    await publication.publish()
    const [backup] = store.heads
    await revoke(7)
    await publication.publish()
    store.heads.splice(0, 2, ...(backup === undefined ? [] : [backup]))

    expect(await refused()).toEqual({ state: 'refused', fault: 'target_ahead' })
    expect(await publication.compare()).toEqual({ fault: 'target_ahead' })
  })

  it('when the registry falls back while the service runs, as with a standby that takes over [INV6]', async () => {
    await commit()
    await publication.publish()
    const [older] = store.heads
    await revoke(7)
    await publication.publish()
    store.heads.splice(0, 2, ...(older === undefined ? [] : [older]))
    target.writes.length = 0

    expect(await publication.publish()).toEqual({ state: 'refused', fault: 'target_ahead' })
    expect(target.writes).toEqual([])
  })

  it('when it shows another head of the same number', async () => {
    await commit()
    await publication.publish()
    const other = new PublishingStore()
    now += 5
    await commit(publishingIssuer(other, () => now))
    store.heads.splice(0, 1, ...other.heads)

    expect(await refused()).toEqual({ state: 'refused', fault: 'target_forked' })
  })

  it('when it shows the status of another issuer', async () => {
    const statusIssuer = bob.keyId.split('#')[0] as typeof TENANT.statusIssuer
    const other = { ...TENANT, statusIssuer }
    const stranger = publishingIssuer(new PublishingStore(), () => now, bob)
    now += 1
    await new StatusPublication(stranger, other).publish()
    await new TargetPublication(stranger, other, target).publish()
    await commit()

    expect(await refused()).toEqual({ state: 'refused', fault: 'target_foreign' })
  })

  it.each([
    ['head', undefined],
    ['r1.jwt', LIST],
    ['t1', `${ORIGIN}/status/acme/t1`],
  ])('when %s names a key of the issuer that the registry never had [INV6]', async (name, list) => {
    const web = ofWebIssuer()
    await new StatusPublication(web.issuer, web.tenant).publish()
    await new TargetPublication(web.issuer, web.tenant, target).publish()
    const forged = forge(target.body(`status/acme/${name}`), name === 'head' ? NEWER : {})
    target.put(`status/acme/${name}`, forged)

    const outcome = await new TargetPublication(web.issuer, web.tenant, target).publish()
    const fault = 'target_key_unknown'
    expect(outcome).toEqual({ state: 'refused', fault, ...(list !== undefined && { list }) })
    expect(target.body(`status/acme/${name}`)).toBe(forged)
  })

  it('when a revocation would be cleared [INV7]', async () => {
    await revoke(7)
    await publication.publish()
    store.set('revocation', 7, false)
    const row = store.rows[0]
    if (row !== undefined) row.publishedRevision = 0
    await expect(commit()).rejects.toThrow()
    store.lists.length = 0
    for (const one of store.rows) one.publishedVersion = 0
    for (const one of store.rows) one.publishedUntil = 0
    await commit()

    expect(await refused()).toEqual({ state: 'refused', fault: 'check_failed', list: LIST, rule: 'cleared' })
  })

  it.each([
    ['head', () => store.heads, 'head'],
    ['list', () => store.lists, 'signature'],
  ] as const)('with a %s that does not verify', async (_, of, rule) => {
    await commit()
    await publication.publish()
    await revoke(7)
    const [last] = of().splice(-1, 1)
    if (last === undefined) throw new Error('something was published')
    const token = `${last.jwt.slice(0, -8)}AAAAAAAA`
    of().push({ ...last, jwt: token } as never)

    expect(await refused()).toMatchObject({ state: 'refused', fault: 'check_failed', rule })
  })
})

describe('two publishers on one target', () => {
  it('take none for ahead of the registry that went on, in the registry and then at the target, meanwhile', async () => {
    await commit()
    const [older] = store.heads
    await revoke(1)
    await publication.publish()
    const reads = [older]
    const port = {
      ...issuer.store,
      publishedHead: async () => reads.shift() ?? store.heads.at(-1),
    }
    const late = new TargetPublication({ ...issuer, store: port }, TENANT, target)

    expect((await late.publish()).state).toBe('overtaken')
    expect((await late.publish()).state).toBe('shown')
    expect((await follow()).seq).toBe(2)
  })

  it('end with the newest state, whoever was faster, and none goes back', async () => {
    await commit()
    const other = new TargetPublication(issuer, TENANT, target)
    await publication.publish()
    await other.publish()
    await revoke(1)
    await other.publish()
    await revoke(2)

    expect((await publication.publish()).state).toBe('overtaken')
    expect((await publication.publish()).state).toBe('shown')
    expect((await follow()).seq).toBe(3)
  })
})
