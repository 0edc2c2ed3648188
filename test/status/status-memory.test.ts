import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StatusPurpose } from '../../src/model/status-list-entry.ts'
import { readBit } from '../../src/status/bitstring.ts'
import type { Head } from '../../src/status/head.ts'
import {
  type CommittedLeaves,
  encodeLeafTable,
  type Leaf,
  leafTableRoot,
  openLeafTable,
} from '../../src/status/leaf-table.ts'
import type { StatusList } from '../../src/status/open-status-list.ts'
import type { NewHead } from '../../src/status/sign-head.ts'
import { createStatusMemory, type StatusMemory } from '../../src/status/status-memory.ts'
import {
  bitsWith,
  codeOf,
  issuer,
  leafOf,
  mallory,
  NOW,
  openedHead,
  openedList,
  R7,
  reasonOf,
  S7,
  unwrap,
  WEB_ISSUER,
  webSigner,
} from './fixtures.ts'

const OLD = NOW - 60_000

function listAt(
  version: number,
  set: readonly number[],
  purpose: StatusPurpose = 'revocation',
): Promise<StatusList> {
  const url = purpose === 'revocation' ? R7 : S7
  return openedList({ url, purpose, validFrom: version, bits: bitsWith(...set) })
}

/** A head and the leaves that it commits to. */
async function commit(
  leaves: readonly Leaf[],
  changes: Partial<NewHead> = {},
  signer = issuer as Parameters<typeof openedHead>[1],
): Promise<readonly [Head, CommittedLeaves]> {
  const root = leafTableRoot(leaves)
  return [
    await openedHead({ ...changes, root }, signer),
    unwrap(openLeafTable(encodeLeafTable(leaves), root)),
  ]
}

function bitOf(memory: StatusMemory, url: string, index: number, did = issuer.did): boolean | undefined {
  return memory.view().list(url, did)?.read(index)
}

function asOf(memory: StatusMemory, url = R7): number | undefined {
  return memory.view().list(url, issuer.did)?.asOf
}

describe('StatusMemory: lists', () => {
  it('takes a newer list and shows its bits', async () => {
    const memory = createStatusMemory()

    unwrap(memory.acceptList(await listAt(OLD, [3])).verdict)
    const ruling = memory.acceptList(await listAt(NOW, [3, 5]))

    expect(ruling.alarm).toBeUndefined()
    expect(unwrap(ruling.verdict)).toMatchObject({ purpose: 'revocation', asOf: NOW })
    expect([3, 4, 5].map((index) => bitOf(memory, R7, index))).toEqual([true, false, true])
  })

  it('refuses a lower version, and what is revoked stays revoked [SL-14, L4]', async () => {
    const memory = createStatusMemory()
    memory.acceptList(await listAt(NOW, [3]))

    const ruling = memory.acceptList(await listAt(OLD, []))

    expect(reasonOf(ruling.verdict)).toBe('status_rollback version')
    expect(bitOf(memory, R7, 3)).toBe(true)
  })

  it('takes the same list again without a word', async () => {
    const memory = createStatusMemory()
    memory.acceptList(await listAt(NOW, [3]))

    expect(memory.acceptList(await listAt(NOW, [3]))).toMatchObject({ verdict: { verified: true } })
  })

  it('refuses the same version with other bits and raises an alarm [SL-14, L4]', async () => {
    const memory = createStatusMemory()
    const [held, other] = [await listAt(NOW, [3]), await listAt(NOW, [3, 4])]
    memory.acceptList(held)

    const { verdict, alarm } = memory.acceptList(other)

    expect(reasonOf(verdict)).toBe('status_rollback bits')
    expect(alarm).toEqual({
      kind: 'list_conflict',
      statusIssuer: issuer.did,
      url: R7,
      version: NOW,
      heldDigest: held.bitsDigest,
      presentedDigest: other.bitsDigest,
    })
  })

  it('keeps a cleared revocation in force and raises an alarm [SL-14, L4]', async () => {
    const memory = createStatusMemory()
    memory.acceptList(await listAt(OLD, [3, 5, 9113]))

    const { verdict, alarm } = memory.acceptList(await listAt(NOW, [5, 7]))

    expect(codeOf(verdict)).toBe('accepted')
    expect(alarm).toEqual({
      kind: 'revocation_cleared',
      statusIssuer: issuer.did,
      url: R7,
      version: NOW,
      cleared: 2,
    })
    expect([3, 5, 7, 9113].map((index) => bitOf(memory, R7, index))).toEqual([true, true, true, true])
  })

  it('refuses a list that got shorter, whose entries nobody could read any more', async () => {
    const memory = createStatusMemory()
    memory.acceptList(await openedList({ validFrom: OLD, bits: new Uint8Array(20_000) }))

    expect(reasonOf(memory.acceptList(await listAt(NOW, [])).verdict)).toBe('status_invalid encodedList')
    expect(bitOf(memory, R7, 159_999)).toBe(false)
  })

  it('takes a list that got longer', async () => {
    const memory = createStatusMemory()
    memory.acceptList(await listAt(OLD, [3]))
    memory.acceptList(await openedList({ validFrom: NOW, bits: new Uint8Array(20_000) }))

    expect([3, 159_999, 160_000].map((index) => bitOf(memory, R7, index))).toEqual([true, false, undefined])
  })

  it('lifts a suspension that a newer list no longer has', async () => {
    const memory = createStatusMemory()
    memory.acceptList(await listAt(OLD, [3], 'suspension'))

    const { alarm } = memory.acceptList(await listAt(NOW, [4], 'suspension'))

    expect(alarm).toBeUndefined()
    expect([3, 4].map((index) => bitOf(memory, S7, index))).toEqual([false, true])
  })

  it('refuses a list that is held for another purpose', async () => {
    const memory = createStatusMemory()
    const list = await listAt(NOW, [])
    memory.acceptList(list)

    expect(reasonOf(memory.acceptList({ ...list, purpose: 'suspension', version: NOW + 1 }).verdict)).toBe(
      'status_invalid statusPurpose',
    )
  })

  it('keeps the lists of two status issuers apart, under one URL too', async () => {
    const memory = createStatusMemory()
    memory.acceptList(
      await openedList({ statusIssuer: mallory.did, bits: bitsWith(3), validFrom: NOW }, mallory),
    )
    memory.acceptList(await listAt(OLD, [4]))

    expect([3, 4].map((index) => bitOf(memory, R7, index))).toEqual([false, true])
    expect([3, 4].map((index) => bitOf(memory, R7, index, mallory.did))).toEqual([true, false])
  })

  it('never loses a revocation, whatever lists come in whatever order [SL-14]', async () => {
    const pool = await Promise.all([1, 2, 3, 4, 5].map((n) => listAt(OLD + n, [n, n + 1])))

    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pool), { maxLength: 12 }), (lists) => {
        const memory = createStatusMemory()
        const seen = new Set<number>()
        for (const list of lists) {
          if (!memory.acceptList(list).verdict.verified) continue
          for (const index of [1, 2, 3, 4, 5, 6]) if (readBit(list.bits, index)) seen.add(index)
          expect([...seen].every((index) => bitOf(memory, R7, index))).toBe(true)
        }
      }),
    )
  })
})

describe('StatusMemory: dates', () => {
  it('dates a list by its own version while there is no head', async () => {
    const memory = createStatusMemory()
    memory.acceptList(await listAt(OLD, []))

    expect(asOf(memory)).toBe(OLD)
  })

  it('dates a list by the newest head that commits to its bits', async () => {
    const memory = createStatusMemory()
    const list = await listAt(OLD, [3])
    memory.acceptList(list)

    memory.acceptHead(...(await commit([leafOf(list)], { seq: 1, iatMs: NOW - 10_000 })))
    expect(asOf(memory)).toBe(NOW - 10_000)
    memory.acceptHead(...(await commit([leafOf(list)], { seq: 9, iatMs: NOW })))
    expect(asOf(memory)).toBe(NOW)
  })

  it('dates a list that arrives after the head that commits to it', async () => {
    const memory = createStatusMemory()
    const list = await listAt(OLD, [3])

    memory.acceptHead(...(await commit([leafOf(list)])))
    memory.acceptList(list)

    expect(asOf(memory)).toBe(NOW)
  })

  it('dates a list whose bits were signed anew without fetching it again', async () => {
    const memory = createStatusMemory()
    const list = await listAt(OLD, [3])
    memory.acceptList(list)

    memory.acceptHead(...(await commit([leafOf(list, { version: NOW })])))
    expect(asOf(memory)).toBe(NOW)
    memory.acceptList(await listAt(NOW - 5, [3]))
    expect(asOf(memory)).toBe(NOW)
  })

  it('leaves a list as old as it was when the head commits to other bits, another list or a retired one', async () => {
    const list = await listAt(OLD, [3])
    const others = [leafOf(await listAt(NOW, [3, 4]), {}), leafOf(list, { list: S7 })]
    for (const leaf of others) {
      const memory = createStatusMemory()
      memory.acceptList(list)
      memory.acceptHead(...(await commit([leaf])))
      expect(asOf(memory)).toBe(OLD)
    }
  })

  it('does not date a newer list by a head that commits to the one before', async () => {
    const memory = createStatusMemory()
    const list = await listAt(OLD, [3])
    memory.acceptList(list)
    memory.acceptHead(...(await commit([leafOf(list)])))

    memory.acceptList(await listAt(NOW - 5, [3, 4]))

    expect(asOf(memory)).toBe(NOW - 5)
  })

  it('never lets an older head set a date back', async () => {
    const memory = createStatusMemory()
    const list = await listAt(OLD, [3])
    memory.acceptList(list)
    const [newer, leaves] = await commit([leafOf(list)], { seq: 9, iatMs: NOW })
    memory.acceptHead(newer, leaves)

    const { verdict } = memory.acceptHead(...(await commit([leafOf(list)], { seq: 7, iatMs: NOW - 10_000 })))

    expect(reasonOf(verdict)).toBe('status_rollback seq')
    expect(memory.head(issuer.did)).toBe(newer)
    expect(asOf(memory)).toBe(NOW)
  })

  it('dates a list that the head does not name by its own version, whichever comes first', async () => {
    const memory = createStatusMemory()
    const [list, named] = [await listAt(OLD, [3]), await listAt(OLD, [], 'suspension')]
    memory.acceptHead(...(await commit([leafOf(named)])))

    expect(codeOf(memory.acceptList(list).verdict)).toBe('accepted')
    expect(codeOf(memory.acceptList(named).verdict)).toBe('accepted')
    expect([asOf(memory), asOf(memory, S7)]).toEqual([OLD, NOW])
  })

  it('shows the newest head of each status issuer, and none of one that signed none', async () => {
    const memory = createStatusMemory()
    const [head, leaves] = await commit([])
    memory.acceptHead(head, leaves)
    memory.acceptList(await openedList({ statusIssuer: mallory.did, validFrom: OLD }, mallory))

    expect(memory.view().head(issuer.did)).toBe(head)
    expect(memory.view().head(mallory.did)).toBeUndefined()
  })

  it('hands on the alarm of two heads with one seq', async () => {
    const memory = createStatusMemory()
    memory.acceptHead(...(await commit([])))

    expect(memory.acceptHead(...(await commit([], { iatMs: NOW + 1 }))).alarm?.kind).toBe('head_conflict')
  })

  it('knows no head before one came', () => {
    expect(createStatusMemory().head(issuer.did)).toBeUndefined()
  })

  it('forgets a list that the head calls retired', async () => {
    const memory = createStatusMemory()
    const [list, other] = [await listAt(OLD, [3]), await listAt(OLD, [3], 'suspension')]
    memory.acceptList(list)
    memory.acceptList(other)

    memory.acceptHead(...(await commit([leafOf(list, { state: 'retired' }), leafOf(other)])))

    expect(asOf(memory)).toBeUndefined()
    expect(asOf(memory, S7)).toBe(NOW)
    memory.acceptList(list)
    expect(asOf(memory)).toBe(OLD)
  })

  it('throws when leaves and head do not belong together', async () => {
    const [head] = await commit([])
    const [, leaves] = await commit([leafOf(await listAt(OLD, []))])

    expect(() => createStatusMemory().acceptHead(head, leaves)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })

  it('shows a snapshot that later lists and heads do not change', async () => {
    const memory = createStatusMemory()
    const list = await listAt(OLD, [])
    memory.acceptList(list)
    const before = memory.view()

    memory.acceptList(await listAt(NOW - 5, [3]))
    memory.acceptHead(...(await commit([leafOf(list)])))

    expect(before.list(R7, issuer.did)?.asOf).toBe(OLD)
    expect(before.list(R7, issuer.did)?.read(3)).toBe(false)
    expect(bitOf(memory, R7, 3)).toBe(true)
  })
})

describe('StatusMemory: keys', () => {
  const [k1, k2] = [webSigner(issuer, 'k1'), webSigner(mallory, 'k2')]
  const web = { statusIssuer: WEB_ISSUER }

  async function rotated(): Promise<{ memory: StatusMemory; first: StatusList; second: StatusList }> {
    const memory = createStatusMemory()
    const first = await openedList({ ...web, validFrom: OLD, bits: bitsWith(3) }, k1)
    const second = await openedList({ ...web, validFrom: NOW - 5, bits: bitsWith(4) }, k2)
    memory.acceptList(first)
    memory.acceptList(second)
    return { memory, first, second }
  }

  it('refuses a replayed list of the old key after one of the new key [SL-14]', async () => {
    const { memory, first } = await rotated()

    expect(reasonOf(memory.acceptList(first).verdict)).toBe('status_rollback version')
  })

  it('keeps the revocations of both keys in force', async () => {
    const { memory } = await rotated()

    expect([3, 4, 5].map((index) => bitOf(memory, R7, index, WEB_ISSUER))).toEqual([true, true, false])
  })

  it('takes one version under both keys, if its bits are the same', async () => {
    const memory = createStatusMemory()
    const list = { ...web, validFrom: OLD, bits: bitsWith(3) }
    memory.acceptList(await openedList(list, k1))

    expect(codeOf(memory.acceptList(await openedList(list, k2)).verdict)).toBe('accepted')
    memory.keepKeys(WEB_ISSUER, new Set([(await openedList(list, k2)).keyThumbprint]))
    expect(bitOf(memory, R7, 3, WEB_ISSUER)).toBe(true)
  })

  it('forgets versions and bits of a key that the status issuer dropped', async () => {
    const { memory, first, second } = await rotated()

    memory.keepKeys(WEB_ISSUER, new Set([first.keyThumbprint]))
    expect([3, 4].map((index) => bitOf(memory, R7, index, WEB_ISSUER))).toEqual([true, false])
    expect(codeOf(memory.acceptList(second).verdict)).toBe('accepted')
    memory.keepKeys(WEB_ISSUER, new Set())
    expect(memory.view().list(R7, WEB_ISSUER)).toBeUndefined()
  })

  it('forgets the head of a dropped key and the dates that it gave', async () => {
    const { memory, second } = await rotated()
    const [head, leaves] = await commit([leafOf(second)], { ...web, seq: 900 }, k1)
    memory.acceptHead(head, leaves)

    memory.keepKeys(WEB_ISSUER, new Set([head.keyThumbprint, second.keyThumbprint]))
    expect(memory.view().list(R7, WEB_ISSUER)?.asOf).toBe(NOW)
    memory.keepKeys(WEB_ISSUER, new Set([second.keyThumbprint]))
    expect(memory.view().list(R7, WEB_ISSUER)?.asOf).toBe(NOW - 5)
    expect(memory.head(WEB_ISSUER)).toBeUndefined()
    expect(
      codeOf(memory.acceptHead(...(await commit([leafOf(second)], { ...web, seq: 5 }, k2))).verdict),
    ).toBe('accepted')
  })
})
