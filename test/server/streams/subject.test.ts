import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import { isSubject, MAX_SUBJECT_CHARS, matchesSubject } from '../../../src/server/streams/subject.ts'

const USER = { format: 'did', url: 'did:key:zOwner' }
const TENANT = { format: 'opaque', id: 'acme' }

describe('a subject', () => {
  it.each<{ readonly what: string; readonly json: Json }>([
    { what: 'a simple one', json: USER },
    { what: 'a format that nobody here knows', json: { format: 'x-own', name: 'a' } },
    { what: 'a complex one', json: { format: 'complex', user: USER, tenant: TENANT } },
  ])('may be $what', ({ json }) => {
    expect(isSubject(json)).toBe(true)
  })

  it.each<{ readonly what: string; readonly json: Json }>([
    { what: 'no object', json: 'did:key:zOwner' },
    { what: 'without format', json: { url: 'did:key:zOwner' } },
    { what: 'only a format', json: { format: 'did' } },
    { what: 'complex without members', json: { format: 'complex' } },
    { what: 'complex within complex', json: { format: 'complex', user: { format: 'complex', user: USER } } },
    { what: 'too large', json: { format: 'opaque', id: 'x'.repeat(MAX_SUBJECT_CHARS) } },
  ])('is not what is $what', ({ json }) => {
    expect(isSubject(json)).toBe(false)
  })

  it('matches what is identical, whatever the order of members', () => {
    expect(matchesSubject(USER, { url: USER.url, format: 'did' })).toBe(true)
    expect(matchesSubject(USER, { ...USER, url: 'did:key:zOther' })).toBe(false)
  })

  it('matches, where both are complex, what agrees in all that both have', () => {
    const event = { format: 'complex', user: USER, tenant: TENANT }

    expect(matchesSubject({ format: 'complex', tenant: TENANT }, event)).toBe(true)
    expect(matchesSubject({ format: 'complex', tenant: TENANT, device: USER }, event)).toBe(true)
    expect(matchesSubject({ format: 'complex', tenant: { ...TENANT, id: 'globex' } }, event)).toBe(false)
    expect(matchesSubject(USER, event)).toBe(false)
  })
})
