import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { DidDocument } from '../../src/did/did-document.ts'
import type { FollowedDocuments } from '../../src/did/followed-documents.ts'
import type { Did } from '../../src/model/did.ts'
import { accept, refuse, type Verdict } from '../../src/refusal.ts'
import { AuthorityTrust } from '../../src/verifier/authority-trust.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'
import { statusService } from '../helpers/did-documents.ts'

const AUTHORITY: Did = 'did:web:id.example'
const ENTRY: TrustEntry = {
  authority: AUTHORITY,
  statusIssuer: 'did:web:id.example:status',
  statusOrigins: ['https://id.example/status/'],
  head: 'https://id.example/status/head',
}
const MOVED: TrustEntry = { ...ENTRY, statusIssuer: 'did:web:id.example:status2' }
const KEYED: TrustEntry = {
  ...ENTRY,
  statusIssuer: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
}

/** A document that names these entries. */
const documentOf = (id: Did, ...entries: TrustEntry[]) =>
  ({ id, verificationMethods: [], services: entries.map(statusService) }) as unknown as DidDocument

let held: Map<Did, Verdict<DidDocument>>
const refresh = vi.fn(async (_did: Did, _maxAgeMs: number) => undefined)
const forget = vi.fn()

beforeEach(() => {
  held = new Map([[AUTHORITY, accept(documentOf(AUTHORITY, ENTRY))]])
  refresh.mockClear()
  forget.mockClear()
})

function trusting(pinned?: TrustEntry, authority: Did = AUTHORITY): AuthorityTrust {
  const read = (did: Did) => held.get(did) ?? refuse('did_unresolvable')
  const documents = { read, refresh, forget } as unknown as FollowedDocuments
  return new AuthorityTrust(pinned === undefined ? { authority } : { authority, pinned }, documents)
}

describe('what is trusted of an authority', () => {
  it('is what is pinned, when it has no document on the web', () => {
    const pinned = { ...ENTRY, authority: 'did:key:z6Mk' } as const

    expect(trusting(pinned, pinned.authority).read()).toEqual(accept(pinned))
  })

  it('is what its document says, and not known without that', () => {
    expect(trusting().read()).toEqual(accept(ENTRY))
    held.clear()
    expect(trusting().read()).toMatchObject({ refusal: { code: 'did_unresolvable' } })
    expect(trusting(ENTRY).read()).toMatchObject({ refusal: { code: 'did_unresolvable' } })
  })

  it('is what is pinned, where the document agrees or says nothing', () => {
    const pinned = { ...ENTRY, head: 'https://id.example/status/a/head' }

    expect(trusting(pinned).read()).toEqual(accept(pinned))
    held.set(AUTHORITY, accept(documentOf(AUTHORITY)))
    expect(trusting(pinned).read()).toEqual(accept(pinned))
    held.set(AUTHORITY, accept(documentOf(AUTHORITY, MOVED)))
    expect(trusting(pinned).read()).toMatchObject({
      refusal: { code: 'status_invalid', dimension: 'service' },
    })
  })

  it('is nothing where the document says nothing, or what cannot be', () => {
    held.set(AUTHORITY, accept(documentOf(AUTHORITY)))
    expect(trusting().read()).toMatchObject({ refusal: { code: 'did_unresolvable', dimension: 'service' } })
    held.set(AUTHORITY, accept(documentOf(AUTHORITY, ENTRY, ENTRY)))
    expect(trusting().read()).toMatchObject({ refusal: { code: 'status_invalid', dimension: 'service' } })
  })

  it('changes with the document', () => {
    const trust = trusting()
    expect(trust.read()).toEqual(accept(ENTRY))
    held.set(AUTHORITY, accept(documentOf(AUTHORITY, MOVED)))

    expect(trust.read()).toEqual(accept(MOVED))
  })
})

describe('the documents of an authority', () => {
  it('are fetched again with the age that is asked for: its own, and that of its status issuer', async () => {
    await trusting().refresh(5)

    expect(refresh.mock.calls).toEqual([
      [AUTHORITY, 5],
      [ENTRY.statusIssuer, 5],
    ])
    expect(forget).not.toHaveBeenCalled()
  })

  it('are its own alone while that does not say who signs the status', async () => {
    held.clear()
    await trusting().refresh()

    expect(refresh.mock.calls).toEqual([[AUTHORITY, 3_600_000]])
  })

  it('are those of the new status issuer when there is another, and not of the old', async () => {
    const trust = trusting()
    await trust.refresh()
    await trust.refresh()
    expect(forget).not.toHaveBeenCalled()
    held.set(AUTHORITY, accept(documentOf(AUTHORITY, MOVED)))
    await trust.refresh()

    expect(forget.mock.calls).toEqual([[ENTRY.statusIssuer]])
    expect(refresh).toHaveBeenLastCalledWith(MOVED.statusIssuer, 3_600_000)
  })

  it('are left alone once it is trusted no more', async () => {
    const trust = trusting()
    await trust.refresh()
    refresh.mockClear()
    trust.forget()
    await trust.refresh()

    expect(forget.mock.calls).toEqual([[AUTHORITY], [ENTRY.statusIssuer]])
    expect(refresh).not.toHaveBeenCalled()
    forget.mockClear()
    trusting().forget()
    expect(forget.mock.calls).toEqual([[AUTHORITY]])
  })

  it('are all held when status can be read and checked', () => {
    expect(trusting().isReady()).toBe(false)
    held.set(ENTRY.statusIssuer, accept(documentOf(ENTRY.statusIssuer)))
    expect(trusting().isReady()).toBe(true)
    held.delete(AUTHORITY)
    expect(trusting().isReady()).toBe(false)
    held.set(AUTHORITY, accept(documentOf(AUTHORITY, KEYED)))
    held.delete(ENTRY.statusIssuer)
    expect(trusting().isReady()).toBe(true)
  })
})
