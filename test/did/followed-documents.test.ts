import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type DidDocument, singleKeyDocument } from '../../src/did/did-document.ts'
import {
  DOCUMENT_FRESH_MS,
  DOCUMENT_STALE_MS,
  type DocumentLoader,
  FollowedDocuments,
} from '../../src/did/followed-documents.ts'
import { thumbprintOf } from '../../src/did/jwk.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Did } from '../../src/model/did.ts'
import { accept, refuse, type Verdict } from '../../src/refusal.ts'
import { outcomeOf } from '../helpers/signers.ts'
import { ED25519 } from './keys.ts'

const DID: Did = 'did:web:id.example'
const UNREACHABLE: Verdict<DidDocument> = refuse('did_unresolvable', { dimension: 'fetch' })

const documentOf = (did: Did) =>
  singleKeyDocument({ id: `${did}#1`, controller: did, key: ED25519, thumbprint: thumbprintOf(ED25519) })

let now: number
let load: ReturnType<typeof vi.fn<DocumentLoader>>
let documents: FollowedDocuments

beforeEach(() => {
  now = 1_000_000_000_000
  load = vi.fn<DocumentLoader>(async (did) => accept(documentOf(did)))
  documents = new FollowedDocuments({ loaders: { web: load }, clock: () => now })
})

const read = () => outcomeOf(documents.read(DID))

describe('FollowedDocuments', () => {
  it('reads nothing before it has fetched, and fetches nothing by reading', () => {
    expect(read()).toBe('did_unresolvable did')
    expect(load).not.toHaveBeenCalled()
  })

  it('fetches once for all who ask at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => documents.refresh(DID)))

    expect(load).toHaveBeenCalledTimes(1)
    expect(read()).toBe('accepted')
  })

  it('does not fetch a fresh document again, and does after an hour', async () => {
    await documents.refresh(DID)
    now += DOCUMENT_FRESH_MS - 1
    await documents.refresh(DID)
    expect(load).toHaveBeenCalledTimes(1)
    now += 1
    await documents.refresh(DID)

    expect(load).toHaveBeenCalledTimes(2)
  })

  it('fetches a younger document again when asked to', async () => {
    await documents.refresh(DID)
    now += 60_000
    await documents.refresh(DID, 60_000)
    await documents.refresh(DID, 60_000)

    expect(load).toHaveBeenCalledTimes(2)
  })

  it('serves what it holds while it fetches again', async () => {
    await documents.refresh(DID)
    now += DOCUMENT_FRESH_MS
    let answer: (verdict: Verdict<DidDocument>) => void = () => undefined
    load.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve
      }),
    )
    const refreshing = documents.refresh(DID)

    expect(read()).toBe('accepted')
    answer(accept({ ...documentOf(DID), assertionMethod: [] }))
    await refreshing
    expect(documents.read(DID)).toMatchObject({ value: { assertionMethod: [] } })
  })

  it('believes a document for a day that cannot be fetched again, and no longer', async () => {
    await documents.refresh(DID)
    load.mockResolvedValue(UNREACHABLE)
    now += DOCUMENT_STALE_MS - 1
    await documents.refresh(DID)
    expect(read()).toBe('accepted')
    now += 1

    expect(read()).toBe('did_unresolvable fetch')
  })

  it('waits longer after each failure, five minutes at most, and starts anew after a success', async () => {
    load.mockResolvedValue(UNREACHABLE)
    const pauses: number[] = []
    for (let calls = 1; calls <= 11; calls++) {
      const since = now
      while (load.mock.calls.length < calls) {
        await documents.refresh(DID)
        if (load.mock.calls.length < calls) now += 1000
      }
      pauses.push((now - since) / 1000)
    }
    expect(pauses).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300])
    load.mockResolvedValueOnce(accept(documentOf(DID)))
    now += 300_000
    await documents.refresh(DID)
    now += DOCUMENT_FRESH_MS
    await documents.refresh(DID)
    now += 1000
    await documents.refresh(DID)

    expect(load).toHaveBeenCalledTimes(14)
  })

  it('takes a rejection for a failure', async () => {
    load.mockRejectedValueOnce(new TypeError('boom'))
    await documents.refresh(DID)

    expect(read()).toBe('did_unresolvable did')
  })

  it('forgets a document at once when its owner has ended it', async () => {
    await documents.refresh(DID)
    load.mockResolvedValueOnce(refuse('did_unresolvable', { dimension: 'deactivated' }))
    now += DOCUMENT_FRESH_MS
    await documents.refresh(DID)

    expect(read()).toBe('did_unresolvable deactivated')
  })

  it('fetches again when the clock was set back', async () => {
    await documents.refresh(DID)
    load.mockResolvedValueOnce(UNREACHABLE)
    now -= 1
    await documents.refresh(DID)
    now -= 1
    await documents.refresh(DID)

    expect(load).toHaveBeenCalledTimes(3)
  })

  it('leaves DIDs alone that are their own document', async () => {
    await documents.refresh('did:key:z6Mk')

    expect(load).not.toHaveBeenCalled()
  })

  it('is read by a resolver, which never fetches what is not followed', async () => {
    const resolver = createDidResolver({ methods: documents.methods })
    await documents.refresh(DID)

    expect(outcomeOf(await resolver.resolve(DID))).toBe('accepted')
    expect(outcomeOf(await resolver.resolve('did:web:evil.example'))).toBe('did_unresolvable did')
    expect(load.mock.calls.map(([did]) => did)).toEqual([DID])
    documents.forget(DID)
    expect(outcomeOf(await resolver.resolve(DID))).toBe('did_unresolvable did')
  })
})

describe('a document that was kept', () => {
  const URL = 'https://id.example/.well-known/did.json'
  const files = new Map([[URL, Uint8Array.of(1)]])

  beforeEach(() => {
    load.mockImplementation(async (did, held) => {
      if (held.size === 0) held.set(URL, Uint8Array.of(2))
      return held.has(URL) ? accept(documentOf(did)) : UNREACHABLE
    })
  })

  it('is read without fetching, and is as old as it was', async () => {
    await documents.restore({ did: DID, fetchedAt: now - DOCUMENT_STALE_MS + 1, files })
    expect(read()).toBe('accepted')
    expect(documents.kept(DID)).toEqual({ did: DID, fetchedAt: now - DOCUMENT_STALE_MS + 1, files })
    now += 1

    expect(read()).toBe('did_unresolvable did')
  })

  it.each([
    ['nothing', new Map()],
    ['something else', new Map([['https://id.example/did.json', Uint8Array.of(1)]])],
  ])('is left aside when %s was kept', async (_, others) => {
    await documents.restore({ did: DID, fetchedAt: now, files: others })

    expect(documents.kept(DID)).toBeUndefined()
  })

  it('is left aside where a younger one is held', async () => {
    await documents.refresh(DID)
    await documents.restore({ did: DID, fetchedAt: now - 1, files })

    expect(documents.kept(DID)?.files.get(URL)).toEqual(Uint8Array.of(2))
  })

  it('is not younger than now, whatever it says', async () => {
    await documents.restore({ did: DID, fetchedAt: now + 60_000, files })

    expect(documents.kept(DID)?.fetchedAt).toBe(now)
  })

  it('is of a DID whose document can change', async () => {
    await documents.restore({ did: 'did:key:z6Mk', fetchedAt: now, files })

    expect(documents.kept('did:key:z6Mk')).toBeUndefined()
  })
})
