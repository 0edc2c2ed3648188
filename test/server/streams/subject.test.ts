import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/core/json.ts'
import { isSame, isSubject, MAX_SUBJECT_CHARS, matchesSubject } from '../../../src/server/streams/subject.ts'

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

  it.each<{ readonly what: string; readonly json: Json }>([
    { what: 'fewer members', json: { format: 'x', ids: ['a', 'b'] } },
    { what: 'more members', json: { format: 'x', ids: ['a', 'b'], of: null, and: 1 } },
    { what: 'another member', json: { format: 'x', ids: ['a', 'b'], by: null } },
    { what: 'another order', json: { format: 'x', ids: ['b', 'a'], of: null } },
    { what: 'an object for a list', json: { format: 'x', ids: { 0: 'a', 1: 'b' }, of: null } },
  ])('is not matched by one with $what', ({ json }) => {
    const one = { format: 'x', ids: ['a', 'b'], of: null }

    expect(isSame(one, { of: null, ids: ['a', 'b'], format: 'x' })).toBe(true)
    expect([isSame(one, json), isSame(json, one)]).toEqual([false, false])
  })

  it('is compared only up to the first difference: nobody makes the service busy with long ones [TX-05]', () => {
    const unread = Object.defineProperty({}, 'id', {
      enumerable: true,
      get: () => {
        throw new Error('was read')
      },
    })

    expect(isSame({ format: 'x', user: unread }, { format: 'y', user: unread })).toBe(false)
  })

  it('matches, where both are complex, what agrees in all that both have', () => {
    const event = { format: 'complex', user: USER, tenant: TENANT }

    expect(matchesSubject({ format: 'complex', tenant: TENANT }, event)).toBe(true)
    expect(matchesSubject({ format: 'complex', tenant: TENANT, device: USER }, event)).toBe(true)
    expect(matchesSubject({ format: 'complex', tenant: { ...TENANT, id: 'globex' } }, event)).toBe(false)
    expect(matchesSubject(USER, event)).toBe(false)
  })
})
