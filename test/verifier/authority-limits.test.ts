import { describe, expect, it } from 'vitest'
import { parseLimits } from '../../src/verifier/authority-limits.ts'

const NOBODY = { owners: new Set(), agents: new Set(), software: [] }

describe('the limits of a trust entry', () => {
  it('are none where it states none', () => {
    expect(parseLimits({})).toStrictEqual(NOBODY)
    expect(parseLimits({ blocked: {}, tenants: undefined })).toStrictEqual(NOBODY)
  })

  it('are those that it states, and no other', () => {
    const software = [{ name: 'a' }, { name: 'b', versions: ['1'] }, { name: 'c', below: '2.0' }]

    expect(parseLimits({ tenants: ['acme'] })).toStrictEqual({ ...NOBODY, tenants: new Set(['acme']) })
    expect(parseLimits({ blocked: { software } })).toStrictEqual({ ...NOBODY, software })
    expect(
      parseLimits({ blocked: { owners: ['did:key:z6Mk'], agents: ['a', 'did:key:z6Mk'] } }),
    ).toStrictEqual({
      ...NOBODY,
      owners: new Set(['did:key:z6Mk']),
      agents: new Set(['a', 'did:key:z6Mk']),
    })
  })

  it('are entries of a grant that any chain may be good for', () => {
    const locations = ['https://mail.example/inbox/']

    expect(parseLimits({ mayGrant: [] })).toStrictEqual({ ...NOBODY, mayGrant: [] })
    expect(parseLimits({ mayGrant: [{ actions: ['a'], locations, identifiers: ['b/'] }] })).toStrictEqual({
      ...NOBODY,
      mayGrant: [
        {
          type: 'api',
          supported: true,
          inheritable: true,
          constraints: [],
          actions: ['a'],
          locations: [{ origin: 'https://mail.example', path: '/inbox/' }],
          identifiers: ['b/'],
        },
      ],
    })
  })

  it.each([
    [{ tenants: 'acme' }, 'tenants'],
    [{ tenants: ['a b'] }, 'tenants'],
    [{ blocked: null }, 'blocked'],
    [{ blocked: { agents: ['a b'] } }, 'blocked.agents'],
    [{ blocked: { owners: ['a'] } }, 'blocked.owners'],
    [{ blocked: { software: [{ name: '' }] } }, 'blocked.software.name'],
  ])('are refused as %j, with the member to mend', (entry, member) => {
    expect(parseLimits(entry)).toEqual({ member, problem: expect.stringMatching(/^must /) })
  })
})
