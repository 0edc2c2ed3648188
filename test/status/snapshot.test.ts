import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import { bitsDigest } from '../../src/status/bitstring.ts'
import { encodeBitstring } from '../../src/status/encode-bitstring.ts'
import type { KeptRevocations } from '../../src/status/kept-revocations.ts'
import { encodeLeafTable, type Leaf, leafTableRoot, openLeafTable } from '../../src/status/leaf-table.ts'
import type { NewHead } from '../../src/status/sign-head.ts'
import { encodeSnapshot, openSnapshot } from '../../src/status/snapshot.ts'
import { createStatusMemory, type StatusMemory } from '../../src/status/status-memory.ts'
import {
  BASE,
  bitsWith,
  issuer,
  leafOf,
  mallory,
  NOW,
  openedHead,
  openedList,
  R7,
  reasonOf,
  resolver,
  S7,
  unwrap,
} from './fixtures.ts'

const trust = { statusIssuer: issuer.did, resolver, now: NOW }

interface Status {
  readonly revoked?: readonly number[]
  readonly suspended?: readonly number[]
  readonly head?: Partial<NewHead>
  readonly version?: number
}

/** A memory that has seen one commit. */
async function remembering({ revoked = [3], suspended = [5], ...rest }: Status = {}): Promise<StatusMemory> {
  const memory = createStatusMemory()
  await commit(memory, { revoked, suspended, ...rest })
  return memory
}

async function commit(memory: StatusMemory, status: Status): Promise<void> {
  const { revoked = [], suspended = [], head = {}, version = NOW - 1000 } = status
  const lists = [
    await openedList({ url: R7, purpose: 'revocation', validFrom: version, bits: bitsWith(...revoked) }),
    await openedList({ url: S7, purpose: 'suspension', validFrom: version, bits: bitsWith(...suspended) }),
  ]
  const leaves: readonly Leaf[] = lists.map((list) => leafOf(list))
  const root = leafTableRoot(leaves)
  for (const list of lists) unwrap(memory.acceptList(list).verdict)
  const opened = unwrap(openLeafTable(encodeLeafTable(leaves), root))
  unwrap(memory.acceptHead(await openedHead({ ...head, root }), opened).verdict)
}

async function written(memory: StatusMemory): Promise<JsonObject> {
  const held = memory.held(issuer.did)
  if (held === undefined) throw new Error('nothing is held')
  return encodeSnapshot(held.snapshot)
}

/** What another process has that was given the snapshot. */
async function taken(snapshot: JsonObject, memory = createStatusMemory()): Promise<StatusMemory> {
  unwrap(memory.acceptSnapshot(unwrap(await openSnapshot(snapshot, trust))).verdict)
  return memory
}

function bitOf(memory: StatusMemory, url: string, index: number): boolean | undefined {
  return memory.view().list(url, issuer.did)?.read(index)
}

const indexes = fc.uniqueArray(fc.nat(131_071), { maxLength: 8 })

describe('a snapshot', () => {
  it('yields head, dates and every bit in a memory that knows nothing', async () => {
    const property = fc.asyncProperty(indexes, indexes, async (revoked, suspended) => {
      const memory = await remembering({ revoked, suspended })
      const other = await taken(await written(memory))

      expect(other.head(issuer.did)).toEqual(memory.head(issuer.did))
      for (const url of [R7, S7]) {
        const [held, read] = [memory, other].map((one) => one.view().list(url, issuer.did))
        expect({ ...read, read: undefined }).toEqual({ ...held, read: undefined })
      }
      for (const index of [...revoked, ...suspended, 0, 131_071]) {
        expect(bitOf(other, R7, index)).toBe(revoked.includes(index))
        expect(bitOf(other, S7, index)).toBe(suspended.includes(index))
      }
    })
    await fc.assert(property, { numRuns: 15 })
  })

  it('is refused, or says the same, when any character of it is another one', async () => {
    const snapshot = await written(await remembering())
    const said = await meaning(snapshot)
    // What no signature covers, and the specification leaves to whoever wrote it.
    const text = JSON.stringify(snapshot).replaceAll(/"validUntil":\d+/g, '"validUntil":9007199254740991')
    const property = fc.asyncProperty(
      fc.nat(text.length - 1),
      fc.integer({ min: 32, max: 126 }),
      async (at, code) => {
        const json = parseStrictJson(text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1))
        const opened = await openSnapshot(json, trust)

        if (opened.verified) expect(await meaning(json as JsonObject)).toEqual(said)
        else expect(opened.refusal.code).toBe('status_invalid')
      },
    )
    await fc.assert(property, { numRuns: 400 })
  })

  async function meaning(snapshot: JsonObject): Promise<unknown> {
    const { head, lists } = unwrap(await openSnapshot(snapshot, trust))
    const { token: _, ...claims } = head
    return [claims, lists.map(({ url, purpose, bits }) => [url, purpose, bitsDigest(bits)])]
  }

  it.each<[what: string, change: (snapshot: JsonObject) => Promise<object> | object, reason: string]>([
    ['a member that nobody knows', () => ({ more: 1 }), 'status_invalid snapshot'],
    ['no head', () => ({ head: '' }), 'status_invalid'],
    ['no leaf table', () => ({ leafTable: {} }), 'status_invalid leaves'],
    ['leaves that the head does not commit to', () => ({ leafTable: { leaves: [] } }), 'status_invalid root'],
    ['no lists', () => ({ lists: {} }), 'status_invalid lists'],
    [
      'a list twice',
      ({ lists }) => ({ lists: [listIn(lists, 0), listIn(lists, 0)] }),
      'status_invalid lists',
    ],
    [
      'a list that has no leaf',
      ({ lists }) => ({ lists: [{ ...listIn(lists, 0), list: `${BASE}/r8` }] }),
      'status_invalid list',
    ],
    [
      'a list that ended before it began',
      ({ lists }) => ({ lists: [{ ...listIn(lists, 0), validUntil: 1 }] }),
      'status_invalid validUntil',
    ],
    [
      'bits without a revocation',
      async ({ lists }) => ({
        lists: [{ ...listIn(lists, 0), encodedList: await encodeBitstring(bitsWith()) }],
      }),
      'status_invalid digest',
    ],
  ])('is refused with %s', async (_, change, reason) => {
    const snapshot = await written(await remembering())
    expect(reasonOf(await openSnapshot(snapshot, trust))).toBe('accepted')

    expect(reasonOf(await openSnapshot({ ...snapshot, ...(await change(snapshot)) }, trust))).toContain(
      reason,
    )
  })

  it('is refused when somebody else signed the head, or it is of a time to come', async () => {
    const snapshot = await written(await remembering())

    expect(reasonOf(await openSnapshot(snapshot, { ...trust, statusIssuer: mallory.did }))).toContain(
      'status_invalid',
    )
    expect(reasonOf(await openSnapshot(snapshot, { ...trust, now: NOW - 60_000 }))).toBe(
      'status_invalid iatMs',
    )
  })

  it('changes nothing when it is older than what is held', async () => {
    const older = await written(await remembering({ revoked: [3] }))
    const memory = await remembering({ revoked: [3, 4], head: { seq: 9 }, version: NOW - 500 })
    const ruling = memory.acceptSnapshot(unwrap(await openSnapshot(older, trust)))

    expect(reasonOf(ruling.verdict)).toBe('status_rollback seq')
    expect(ruling.alarms).toEqual([])
    expect(bitOf(memory, R7, 4)).toBe(true)
  })

  it('is evidence when its head and the one held cannot both be', async () => {
    const other = await written(await remembering({ revoked: [8] }))
    const memory = await remembering({ revoked: [3] })
    const ruling = memory.acceptSnapshot(unwrap(await openSnapshot(other, trust)))

    expect(reasonOf(ruling.verdict)).toBe('status_rollback head')
    expect(ruling.alarms).toMatchObject([{ kind: 'head_conflict' }])
    expect(bitOf(memory, R7, 8)).toBe(false)
  })

  it('adds to the revocations that are held, and takes none away', async () => {
    const newer = await written(await remembering({ revoked: [4], head: { seq: 9 }, version: NOW - 500 }))
    const memory = await remembering({ revoked: [3] })
    const ruling = memory.acceptSnapshot(unwrap(await openSnapshot(newer, trust)))

    expect(ruling.alarms).toMatchObject([{ kind: 'revocation_cleared', cleared: 1 }])
    expect([3, 4, 5].map((index) => bitOf(memory, R7, index))).toEqual([true, true, false])
  })
})

describe('what only a memory knows', () => {
  /** A memory in which a revocation stays in force that its newest list lacks. */
  async function withCleared(): Promise<StatusMemory> {
    const memory = await remembering({ revoked: [3] })
    await commit(memory, { revoked: [4], head: { seq: 9 }, version: NOW - 500 })
    return memory
  }

  it('is kept beside the snapshot: revocations that the newest list lacks', async () => {
    const held = (await withCleared()).held(issuer.did)
    const memory = await taken(await written(await withCleared()))
    memory.restore(issuer.did, held?.revocations ?? [])

    expect(held?.snapshot.lists.map(({ url }) => url)).toEqual([S7])
    expect([3, 4, 5].map((index) => bitOf(memory, R7, index))).toEqual([true, true, false])
    expect(memory.view().list(R7, issuer.did)?.validUntil).toBe(0)
  })

  it('takes the newest list in again, whatever was kept', async () => {
    const memory = await taken(await written(await withCleared()))
    memory.restore(issuer.did, (await withCleared()).held(issuer.did)?.revocations ?? [])
    const list = await openedList({ url: R7, validFrom: NOW - 500, bits: bitsWith(4) })

    expect(unwrap(memory.acceptList(list).verdict).validUntil).toBe(list.validUntil)
    expect([3, 4, 5].map((index) => bitOf(memory, R7, index))).toEqual([true, true, false])
  })

  it.each(['the same key', 'another key'])('only ever adds revocations, by %s', async (who) => {
    const property = fc.asyncProperty(indexes, indexes, indexes, async (revoked, kept, suspended) => {
      const memory = await taken(await written(await remembering({ revoked, suspended })))
      const key = who === 'the same key' ? ([...memory.keys(issuer.did)][0] ?? '') : 'A'.repeat(43)
      const one = (list: string): KeptRevocations => ({
        list,
        key,
        version: NOW + 5,
        bits: bitsWith(...kept),
      })
      const version = memory.view().list(R7, issuer.did)?.version
      memory.restore(issuer.did, [one(R7), one(S7)])

      expect(memory.view().list(R7, issuer.did)?.version).toBe(version)
      for (const index of [...revoked, ...kept, 0]) {
        expect(bitOf(memory, R7, index)).toBe(revoked.includes(index) || kept.includes(index))
        expect(bitOf(memory, S7, index)).toBe(suspended.includes(index))
      }
    })
    await fc.assert(property, { numRuns: 15 })
  })

  it('needs nothing beside the snapshot while the status issuer is honest', async () => {
    const memory = await remembering({ revoked: [3] })
    await commit(memory, { revoked: [3, 4], head: { seq: 9 }, version: NOW - 500 })

    expect(memory.held(issuer.did)?.revocations).toEqual([])
    expect(memory.held(issuer.did)?.snapshot.lists).toHaveLength(2)
  })
})

/** One list of a snapshot. */
function listIn(lists: unknown, at: number): object {
  return (lists as readonly object[])[at] ?? {}
}
