import { describe, expect, it } from 'vitest'
import { speakerIn } from '../../src/securing/speaker.ts'

describe('speakerIn', () => {
  it.each([
    ['a text', 'did:key:z6Mk'],
    ['an object with more to say', { id: 'did:key:z6Mk', name: 'Ada' }],
  ])('reads the DID of %s', (_, issuer) => {
    expect(speakerIn({ issuer }, 'issuer')).toBe('did:key:z6Mk')
  })

  it('tells a document that names nobody', () => {
    expect(speakerIn({ issuer: 'did:key:z6Mk' }, 'holder')).toBeUndefined()
  })

  it.each([
    ['a number', 5],
    ['null', null],
    ['a list', ['did:key:z6Mk']],
    ['an object without an id', { name: 'Ada' }],
    ['an object whose id is no text', { id: {} }],
  ])('has a name that no key signs for when %s stands there', (_, issuer) => {
    expect(speakerIn({ issuer }, 'issuer')).toBe('')
  })
})
