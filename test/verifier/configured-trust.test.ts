import { describe, expect, it } from 'vitest'
import { readTrustConfiguration } from '../../src/verifier/configured-trust.ts'

const ENTRY = {
  authority: 'did:web:id.example',
  statusIssuer: 'did:web:id.example:status',
  statusOrigins: ['https://id.example/status/', 'https://cdn.example:8443/'],
  head: 'https://id.example/status/head',
} as const
const LOCAL = {
  ...ENTRY,
  authority: 'did:web:localhost%3A3000',
  statusIssuer: 'did:web:localhost%3A3000:status',
}
const WITH_LIMIT = { ...ENTRY, mayGrant: [{ actions: ['a'], locations: ['https://mail.example/b'] }] }

const hostsOf = (...entries: unknown[]) => [...readTrustConfiguration(entries).configuredHosts]

describe('the hosts that an operator names', () => {
  it('are those of status, with their ports', () => {
    expect(hostsOf(ENTRY)).toEqual(['id.example', 'cdn.example:8443'])
  })

  it('are those of mirrors, also of an authority that is trusted by name', () => {
    const mirrors = ['https://copy.example/a/', 'http://127.0.0.1:9/']

    expect(hostsOf({ authority: 'did:web:id.example', mirrors })).toEqual(['copy.example', '127.0.0.1:9'])
    expect(readTrustConfiguration([{ ...ENTRY, mirrors }]).trust.get(ENTRY.authority)).toMatchObject({
      mirrors,
    })
  })

  it('are those of names on this machine, with the port if there is one', () => {
    expect(hostsOf('did:web:localhost%3A3000')).toEqual(['localhost:3000'])
    expect(hostsOf('did:web:localhost')).toEqual(['localhost'])
    expect(hostsOf('did:web:id.example')).toEqual([])
  })

  it('are the only ones where a did:web may lie on this machine', () => {
    const onSite = { ...LOCAL, statusOrigins: ['http://localhost:3000/'], head: 'http://localhost:3000/head' }

    expect(hostsOf(onSite)).toEqual(['localhost:3000'])
    expect(() => readTrustConfiguration([LOCAL])).toThrow('trust[0] names a did:web')
  })
})

describe('what authorities may grant', () => {
  const limitsOf = (entry: unknown, origin?: string) =>
    readTrustConfiguration([entry], origin).trust.get(ENTRY.authority)?.limits.mayGrant

  it('lies under the service, all of it where no place is named', () => {
    const anywhere = { ...ENTRY, mayGrant: [{ actions: ['a'] }] }

    expect(limitsOf(ENTRY, 'https://mail.example')).toBeUndefined()
    expect(limitsOf(WITH_LIMIT, 'https://mail.example')).toMatchObject([
      { locations: [{ origin: 'https://mail.example', path: '/b' }] },
    ])
    expect(limitsOf(anywhere, 'https://mail.example')).toMatchObject([
      { locations: [{ origin: 'https://mail.example', path: '/' }] },
    ])
    expect(() => limitsOf(WITH_LIMIT, 'https://other.example')).toThrow('trust[0].mayGrant.locations')
  })

  it('stays as it is written where nothing is asked of chains', () => {
    expect(limitsOf(WITH_LIMIT)).toMatchObject([{ locations: [{ origin: 'https://mail.example' }] }])
  })
})
