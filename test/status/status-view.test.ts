import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StatusEntry } from '../../src/model/status-list-entry.ts'
import { readBit, STATUS_LIST_ENTRIES } from '../../src/status/bitstring.ts'
import { createStatusView, type ListView, type StatusView } from '../../src/status/status-view.ts'
import { bitsWith, issuer, mallory, NOW, R7, reasonOf, S7, unwrap } from './fixtures.ts'

const entry: StatusEntry = { revocation: R7, suspension: S7, index: 9113 }

function listView(
  purpose: ListView['purpose'],
  set: readonly number[],
  changes: Partial<ListView> = {},
): ListView {
  const bits = bitsWith(...set)
  return {
    purpose,
    version: NOW - 2000,
    digest: 'digest',
    asOf: NOW - 1000,
    validUntil: NOW + 1000,
    read: (index) => readBit(bits, index),
    ...changes,
  }
}

interface Held {
  readonly r7?: ListView
  readonly s7?: ListView
}

function viewOf(held: Held = {}): StatusView {
  const { r7 = listView('revocation', []), s7 = listView('suspension', []) } = held
  return createStatusView(
    new Map([
      [
        issuer.did,
        new Map([
          [R7, r7],
          [S7, s7],
        ]),
      ],
    ]),
  )
}

function only(url: string, list: ListView): StatusView {
  return createStatusView(new Map([[issuer.did, new Map([[url, list]])]]))
}

describe('StatusView.read', () => {
  it('reads an entry whose bits are not set as neither revoked nor suspended', () => {
    expect(viewOf().read(entry, issuer.did, NOW)).toEqual({
      verified: true,
      value: { revoked: false, suspended: false, asOf: NOW - 1000, validUntil: NOW + 1000 },
    })
  })

  it('reads a set bit of the revocation list as revoked [SS-01]', () => {
    const view = viewOf({ r7: listView('revocation', [9113]) })

    expect(unwrap(view.read(entry, issuer.did, NOW))).toMatchObject({ revoked: true })
    expect(unwrap(view.read({ ...entry, index: 9112 }, issuer.did, NOW))).toMatchObject({ revoked: false })
  })

  it('reads a set bit of the suspension list as suspended while the other is clean [SS-03]', () => {
    const view = viewOf({ s7: listView('suspension', [9113]) })

    expect(unwrap(view.read(entry, issuer.did, NOW))).toMatchObject({ revoked: false, suspended: true })
  })

  it('gives the older date and the earlier end of the two lists', () => {
    const r7 = listView('revocation', [], { asOf: NOW - 5000, validUntil: NOW + 9000 })
    const s7 = listView('suspension', [], { asOf: NOW - 3000, validUntil: NOW + 4000 })

    expect(unwrap(viewOf({ r7, s7 }).read(entry, issuer.did, NOW))).toMatchObject({
      asOf: NOW - 5000,
      validUntil: NOW + 4000,
    })
  })

  it.each([
    ['revocation list', only(S7, listView('suspension', []))],
    ['suspension list', only(R7, listView('revocation', []))],
    ['list at all', createStatusView(new Map())],
  ])('is unavailable when no %s is held', (_, view) => {
    expect(reasonOf(viewOf().read(entry, issuer.did, NOW))).toBe('accepted')
    expect(reasonOf(view.read(entry, issuer.did, NOW))).toBe('status_unavailable')
  })

  it('does not read lists of another status issuer [SL-10]', () => {
    expect(reasonOf(viewOf().read(entry, mallory.did, NOW))).toBe('status_unavailable')
  })

  it('is stale when either list has expired [SL-12, SS-11]', () => {
    const ended = { validUntil: NOW }

    expect(reasonOf(viewOf({ r7: listView('revocation', [], ended) }).read(entry, issuer.did, NOW - 1))).toBe(
      'accepted',
    )
    for (const held of [
      { r7: listView('revocation', [], ended) },
      { s7: listView('suspension', [9113], ended) },
    ]) {
      expect(reasonOf(viewOf(held).read(entry, issuer.did, NOW))).toBe('status_stale validUntil')
    }
    expect(reasonOf(viewOf().read(entry, issuer.did, Number.NaN))).toBe('status_stale validUntil')
  })

  it('lets a known revocation win over an expired list and over a missing one', () => {
    const revoked = listView('revocation', [9113], { validUntil: NOW - 1 })

    expect(unwrap(viewOf({ r7: revoked }).read(entry, issuer.did, NOW))).toMatchObject({ revoked: true })
    expect(unwrap(only(R7, revoked).read(entry, issuer.did, NOW))).toMatchObject({ revoked: true })
  })

  it.each([STATUS_LIST_ENTRIES, -1, 0.5, 1e25, Number.NaN])(
    'is invalid for index %s, never valid [SL-17, SL-18]',
    (index) => {
      const last = { ...entry, index: STATUS_LIST_ENTRIES - 1 }

      expect(reasonOf(viewOf().read(last, issuer.did, NOW))).toBe('accepted')
      expect(reasonOf(viewOf().read({ ...entry, index }, issuer.did, NOW))).toBe(
        'status_invalid statusListIndex',
      )
    },
  )

  it('is invalid when the index lies beyond the end of the suspension list alone', () => {
    const r7 = listView('revocation', [], { read: () => false })
    const index = STATUS_LIST_ENTRIES

    expect(reasonOf(viewOf({ r7 }).read({ ...entry, index }, issuer.did, NOW))).toBe(
      'status_invalid statusListIndex',
    )
  })

  it('is invalid when the index lies beyond the end of the revocation list alone', () => {
    const r7 = (read: ListView['read']) => listView('revocation', [], { read })

    expect(reasonOf(viewOf({ r7: r7(() => false) }).read(entry, issuer.did, NOW))).toBe('accepted')
    expect(reasonOf(viewOf({ r7: r7(() => undefined) }).read(entry, issuer.did, NOW))).toBe(
      'status_invalid statusListIndex',
    )
  })

  it('never reads a suspension as a revocation, which nothing would lift', () => {
    const view = viewOf({ s7: listView('suspension', [9113]) })

    expect(unwrap(view.read(entry, issuer.did, NOW))).toMatchObject({ revoked: false, suspended: true })
    expect(reasonOf(view.read({ ...entry, revocation: S7 }, issuer.did, NOW))).toBe(
      'status_invalid statusPurpose',
    )
  })

  it('is invalid when an entry names a list of the other purpose', () => {
    const swapped = { ...entry, revocation: S7, suspension: R7 }

    expect(reasonOf(viewOf().read(swapped, issuer.did, NOW))).toBe('status_invalid statusPurpose')
    expect(reasonOf(viewOf().read({ ...entry, suspension: R7 }, issuer.did, NOW))).toBe(
      'status_invalid statusPurpose',
    )
  })

  it('reads exactly the bits that are set, whichever they are', () => {
    const index = fc.nat(STATUS_LIST_ENTRIES - 1)

    fc.assert(
      fc.property(
        fc.array(index, { maxLength: 20 }),
        fc.array(index, { maxLength: 20 }),
        index,
        (r, s, at) => {
          const view = viewOf({ r7: listView('revocation', r), s7: listView('suspension', s) })
          const { revoked, suspended } = unwrap(view.read({ ...entry, index: at }, issuer.did, NOW))

          expect(revoked).toBe(r.includes(at))
          expect(suspended).toBe(!revoked && s.includes(at))
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('StatusView.list', () => {
  it('gives a list as it is held, and undefined for another', () => {
    const r7 = listView('revocation', [1])

    expect(viewOf({ r7 }).list(R7, issuer.did)).toBe(r7)
    expect(viewOf().list(`${R7}0`, issuer.did)).toBeUndefined()
    expect(viewOf().list(R7, mallory.did)).toBeUndefined()
  })
})
