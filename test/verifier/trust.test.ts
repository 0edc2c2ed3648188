import { describe, expect, it } from 'vitest'
import { readTrust } from '../../src/verifier/trust.ts'

const ENTRY = {
  authority: 'did:web:id.example',
  statusIssuer: 'did:web:id.example:status',
  statusOrigins: ['https://id.example/status/'],
  head: 'https://id.example/status/head',
} as const
const OTHER = { ...ENTRY, authority: 'did:web:other.example' } as const
const withOrigin = (origin: string) => ({ ...OTHER, statusOrigins: [...OTHER.statusOrigins, origin] })

describe('trust entries', () => {
  it('are found by their authority, and stay as they are written', () => {
    const mirrors = ['https://copy.example/a/']
    const limited = {
      ...OTHER,
      mirrors,
      tenants: ['acme'],
      mayGrant: [{ actions: ['a'] }],
      blocked: { owners: [] },
    }
    const trust = readTrust([ENTRY, limited])

    expect([...trust.keys()]).toEqual([ENTRY.authority, OTHER.authority])
    expect(trust.get(ENTRY.authority)).toStrictEqual(ENTRY)
    expect(trust.get(OTHER.authority)).toStrictEqual(limited)
  })

  it.each<[what: string, entry: unknown, message: string]>([
    ['a name', 'did:web:id.example', 'trust[1] must be a trust entry; export one'],
    ['nothing', null, 'trust[1] must be an object'],
    ['a number', 7, 'trust[1] must be an object'],
    ['an unknown member', { ...OTHER, name: 'x' }, 'trust[1] may only have the members authority, '],
    ['one that is listed twice', ENTRY, 'trust[1].authority is listed twice'],
    ['no authority', { ...OTHER, authority: undefined }, 'trust[1].authority must be a DID'],
    ['an empty authority', { ...OTHER, authority: '' }, 'trust[1].authority must be a DID'],
    [
      'origins that are no list',
      { ...OTHER, statusOrigins: 'https://id.example/' },
      'trust[1].statusOrigins',
    ],
    ['no origin', { ...OTHER, statusOrigins: [] }, 'trust[1].statusOrigins'],
    ['a limit that is none', { ...OTHER, tenants: 'acme' }, 'trust[1].tenants must list'],
    ['an origin that is no text', { ...OTHER, statusOrigins: [7] }, 'trust[1].statusOrigins'],
    ['one origin without "/"', withOrigin('https://id.example/a'), 'trust[1].statusOrigins'],
    ['one origin without TLS', withOrigin('http://id.example/'), 'trust[1].statusOrigins'],
    ['one bad origin', withOrigin(''), 'trust[1].statusOrigins'],
    [
      'a mirror without "/"',
      { ...OTHER, mirrors: ['https://copy.example/a'] },
      'trust[1].mirrors must list https',
    ],
    [
      'a mirror without TLS',
      { ...OTHER, mirrors: ['http://copy.example/'] },
      'trust[1].mirrors must list https URLs that end with "/" (http only for a loopback host)',
    ],
    [
      'a mirror with a colon in its path',
      { ...OTHER, mirrors: ['https://copy.example/id.example:8443/'] },
      'a path without ":"',
    ],
    ['a mirror at an address', { ...OTHER, mirrors: ['https://10.0.0.5/'] }, 'of a host name, no IP address'],
    [
      'a mirror at an IPv6 address',
      { ...OTHER, mirrors: ['https://[fd00::1]/'] },
      'of a host name, no IP address',
    ],
    [
      'too many mirrors',
      { ...OTHER, mirrors: Array.from({ length: 9 }, (_, i) => `https://copy-${i}.example/`) },
      'trust[1].mirrors may list 8 at most',
    ],
    ['a head that is no text', { ...OTHER, head: 7 }, 'trust[1].head must be a URL'],
    ['a head of another name', { ...OTHER, head: 'https://id.example/status/top' }, 'end with "/head"'],
  ])('are refused with %s, and what to mend', (_, entry, message) => {
    const read = () => readTrust([ENTRY, entry])

    expect(read).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }))
    expect(read).toThrow(message)
  })
})
