import { describe, expect, it } from 'vitest'
import { ownersFirst } from '../../src/issuer/owners-first.ts'
import type { ListContent, PublishedList } from '../../src/issuer/published-status.ts'

const DIRTY = ['owner', 'agent', 'agent', 'agent', 'agent'].map(
  (kind, list) => ({ kind, list }) as ListContent,
)

describe('ownersFirst', () => {
  it('chooses the lists of owners among many', () => {
    expect(ownersFirst(DIRTY, { disowned: [] })).toEqual(DIRTY.slice(0, 1))
  })

  it('chooses all of few, and all where none is of owners', () => {
    expect(ownersFirst(DIRTY.slice(1), { disowned: [] })).toEqual(DIRTY.slice(1))
    expect(ownersFirst(DIRTY.slice(0, 4), { disowned: [] })).toEqual(DIRTY.slice(0, 4))
  })

  it('chooses all where the key of a list was revoked: no head may lack it', () => {
    expect(ownersFirst(DIRTY, { disowned: [{ list: 3 } as PublishedList] })).toEqual(DIRTY)
  })
})
