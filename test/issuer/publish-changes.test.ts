import { beforeEach, describe, expect, it } from 'vitest'
import { StatusPublication } from '../../src/issuer/publish-status.ts'
import { changesSliceOf, type ListChange, parseChanges } from '../../src/status/changes.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { NOW, PublishingStore, publishingIssuer, TENANT } from './publishing-store.ts'

const MINUTE = 60_000
const SLICE = changesSliceOf(NOW)

let store: PublishingStore
let now: number
let publication: StatusPublication

beforeEach(async () => {
  store = new PublishingStore()
  now = NOW
  publication = newPublication()
  await publish()
})

/** As after a restart: nothing in memory. */
function newPublication(): StatusPublication {
  return new StatusPublication(
    publishingIssuer(store, () => now),
    TENANT,
  )
}

async function publish(afterMs = 0): Promise<void> {
  now += afterMs
  expect((await publication.publish()).published).toBe(true)
}

function changesOf(slice = SLICE): readonly ListChange[] {
  return acceptedValue(parseChanges(store.changes.get(slice) ?? '', slice))
}

describe('the changes that are published', () => {
  it('name lists that are new, of which nothing was set before', () => {
    expect(changesOf()).toEqual([
      { purpose: 'revocation', pair: 1, version: NOW, set: [], clear: [] },
      { purpose: 'suspension', pair: 1, version: NOW, set: [], clear: [] },
    ])
  })

  it('are the entries that changed, and the version of their list', async () => {
    store.set('revocation', 7)
    store.set('suspension', 9)
    await publish(1)
    store.set('suspension', 9, false)
    await publish(1)

    expect(changesOf()).toEqual([
      { purpose: 'revocation', pair: 1, version: NOW + 1, set: [7], clear: [] },
      { purpose: 'suspension', pair: 1, version: NOW + 2, set: [], clear: [9] },
    ])
  })

  it('are those of a minute; the next one begins anew, also when nothing happens in it', async () => {
    store.set('revocation', 7)
    await publish(1)
    await publish(MINUTE)
    store.set('revocation', 8)
    await publish(MINUTE)

    expect(changesOf().map(({ set }) => set)).toEqual([[7], []])
    expect(changesOf(SLICE + 1)).toEqual([])
    expect(changesOf(SLICE + 2).map(({ set }) => set)).toEqual([[8]])
  })

  it('go on after a restart within the minute', async () => {
    store.set('revocation', 7)
    await publish(1)
    publication = newPublication()
    store.set('revocation', 70)
    await publish(1)

    expect(changesOf().map(({ set }) => set)).toEqual([[7, 70], []])
  })

  it('name a list that was signed anew, without entries', async () => {
    await publish(3 * 60 * MINUTE + 1)

    expect(changesOf(changesSliceOf(now))).toEqual([
      { purpose: 'revocation', pair: 1, version: now, set: [], clear: [] },
      { purpose: 'suspension', pair: 1, version: now, set: [], clear: [] },
    ])
  })

  it('are left out of a minute in which a list changed as a whole', async () => {
    store.fill(4096)
    await publish(1)
    expect(changesOf()[0]?.set).toHaveLength(4096)

    store.fill(4096 + 4097 + 7)
    await publish(1)
    expect(store.changes.get(SLICE)).toBe('')
  })

  it('are left out of a minute in which more happened than is read, also after a restart; then they go on', async () => {
    for (let part = 1; part <= 16; part++) {
      store.fill(part * 4096)
      await publish(1)
    }
    expect(store.changes.get(SLICE)).toBe('')
    publication = newPublication()
    store.set('revocation', 100_000)
    await publish(1)
    expect(store.changes.get(SLICE)).toBe('')

    store.set('revocation', 100_001)
    await publish(MINUTE)
    expect(changesOf(SLICE + 1).map(({ set }) => set)).toEqual([[100_001]])
  })
})
