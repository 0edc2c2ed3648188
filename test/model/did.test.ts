import { parse } from 'did-resolver'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didMethodOf, isDid, MAX_DID_CHARS, methodSpecificIdOf, parseDidUrl } from '../../src/model/did.ts'

const soup = fc
  .string({ unit: fc.constantFrom(...'aZ0:._-%#/?;=@~[] \n', '%41', 'did:', 'key', 'é'), maxLength: 12 })
  .map((text) => `did:key:${text}`)

describe('isDid', () => {
  it.each([
    'did:key:z6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZxP',
    'did:web:id.example',
    'did:web:localhost%3A8443:tenants:acme',
    'did:example:a::b',
    'did:0:-',
  ])('takes %s', (text) => {
    expect(isDid(text)).toBe(true)
  })

  it.each([
    '',
    'did',
    'did:key',
    'did:key:',
    'did:key:a:',
    'did::a',
    'DID:key:a',
    'did:Key:a',
    'did:k-y:a',
    'did:key:a#b',
    'did:key:a/b',
    'did:key:a?b',
    'did:key:a;b',
    'did:key:a%4',
    'did:key:a%zz',
    'did:key:a b',
    'did:key:a\n',
    ' did:key:a',
    'did:key:é',
    'did:key:a\0',
    'urn:uuid:a',
  ])('refuses %j', (text) => {
    expect(isDid(text)).toBe(false)
  })

  it('takes a DID of the longest length and no longer', () => {
    const longest = `did:key:${'a'.repeat(MAX_DID_CHARS - 8)}`

    expect([isDid(longest), isDid(`${longest}a`)]).toEqual([true, false])
  })

  it('agrees with the grammar of did-resolver', () => {
    fc.assert(
      fc.property(soup, (text) => {
        expect(isDid(text)).toBe(parse(text)?.did === text)
      }),
      { numRuns: 1000 },
    )
  })

  it('is linear on what almost matches', () => {
    expect(isDid(`did:key:${'%41'.repeat(600)}%4`)).toBe(false)
    expect(isDid(`did:key:${'a:'.repeat(1000)}`)).toBe(false)
  })
})

describe('parseDidUrl', () => {
  it.each([
    ['did:web:id.example#key-1', 'did:web:id.example', 'key-1'],
    ['did:jwk:abc#0', 'did:jwk:abc', '0'],
    ["did:a:b#a-._~!$&'()*+,;=:@/?%41", 'did:a:b', "a-._~!$&'()*+,;=:@/?%41"],
  ])('splits %s', (text, did, fragment) => {
    expect(parseDidUrl(text)).toEqual({ did, fragment })
  })

  it.each([
    '',
    '#key-1',
    'did:a:b',
    'did:a:b#',
    'did:a:b##x',
    'did:a:b#x#y',
    'did:a:b/path#x',
    'did:a:b?query#x',
    'did:a:b#x y',
    'did:a:b#%4',
    'did:a:b#x\n',
    'did:a:b#é',
    'did:a:#x',
    'https://a.example/#x',
  ])('refuses %j', (text) => {
    expect(parseDidUrl(text)).toBeUndefined()
  })

  it('bounds the fragment like the DID', () => {
    expect(parseDidUrl(`did:a:b#${'x'.repeat(MAX_DID_CHARS)}`)).toBeDefined()
    expect(parseDidUrl(`did:a:b#${'x'.repeat(MAX_DID_CHARS + 1)}`)).toBeUndefined()
  })

  it('agrees with the grammar of did-resolver on what it splits', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const url = parseDidUrl(text)
        if (url !== undefined) expect(parse(text)).toMatchObject(url)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('didMethodOf and methodSpecificIdOf', () => {
  it('cut a DID at its second colon', () => {
    const did = 'did:web:id.example:tenants:acme'

    expect([didMethodOf(did), methodSpecificIdOf(did)]).toEqual(['web', 'id.example:tenants:acme'])
  })
})
