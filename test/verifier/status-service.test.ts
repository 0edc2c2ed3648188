import { describe, expect, it } from 'vitest'
import { type Json, parseStrictJson } from '../../src/core/json.ts'
import { parseDidDocument } from '../../src/did/parse-did-document.ts'
import type { Did } from '../../src/model/did.ts'
import { readStatusService } from '../../src/verifier/status-service.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'

const AUTHORITY: Did = 'did:web:id.example'
const ENTRY: TrustEntry = {
  authority: AUTHORITY,
  statusIssuer: 'did:web:id.example:status',
  statusOrigins: ['https://id.example/status/acme/'],
  head: 'https://id.example/status/acme/head',
}

function read(services: readonly object[], did: Did = AUTHORITY): ReturnType<typeof readStatusService> {
  const json: Json = parseStrictJson(JSON.stringify(documentOf(did, [], services))) ?? null
  const document = parseDidDocument(json, did, 0)
  if (document === undefined) throw new Error('the test wrote no document')
  return readStatusService(document)
}

describe('readStatusService', () => {
  it('completes a trust entry from the document', () => {
    expect(read([{ type: 'LinkedDomains' }, statusService(ENTRY)])).toEqual(ENTRY)
  })

  it('reads the tenants that an authority confines itself to', () => {
    expect(read([statusService({ ...ENTRY, tenants: ['acme'] })])).toMatchObject({ tenants: ['acme'] })
  })

  it('lets the status lie with somebody else, and be signed by a key', () => {
    const elsewhere = {
      ...ENTRY,
      statusIssuer: 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
      statusOrigins: ['https://cdn.example/acme/'],
      head: 'https://cdn.example/acme/head',
    } as const

    expect(read([statusService(elsewhere)])).toEqual(elsewhere)
  })

  it('reads as many places as a document may name', () => {
    const statusOrigins = Array(16).fill('https://id.example/status/acme/')

    expect(read([statusService({ ...ENTRY, statusOrigins })])).toEqual({ ...ENTRY, statusOrigins })
  })

  it('says when there is none', () => {
    expect(read([])).toBe('none')
    expect(read([{ type: 'ProcuraTrustEntry', serviceEndpoint: 'https://id.example/' }])).toBe('none')
  })

  it.each<[what: string, services: readonly object[]]>([
    ['two', [statusService(ENTRY), statusService(ENTRY)]],
    ['one without endpoint', [{ type: 'ProcuraStatus' }]],
    ['one that names a URL', [{ type: 'ProcuraStatus', serviceEndpoint: 'https://id.example/' }]],
    ['one with an authority', [{ type: 'ProcuraStatus', serviceEndpoint: ENTRY }]],
    ['an unknown member', [statusService({ ...ENTRY, environment: 'dev' } as TrustEntry)]],
    ['a limit that only an operator sets', [statusService({ ...ENTRY, mayGrant: [] })]],
    ['another limit that only an operator sets', [statusService({ ...ENTRY, blocked: {} })]],
    [
      'mirrors, which only an operator names',
      [statusService({ ...ENTRY, mirrors: ['https://evil.example/'] })],
    ],
    ['the authority as status issuer', [statusService({ ...ENTRY, statusIssuer: AUTHORITY })]],
    ['a status issuer of another host', [statusService({ ...ENTRY, statusIssuer: 'did:web:evil.example' })]],
    [
      'a status issuer of another port',
      [statusService({ ...ENTRY, statusIssuer: 'did:web:id.example%3A8443' })],
    ],
    ['a head elsewhere', [statusService({ ...ENTRY, head: 'https://evil.example/head' })]],
    [
      'plain http',
      [statusService({ ...ENTRY, statusOrigins: ['http://id.example/'], head: 'http://id.example/head' })],
    ],
    ...['127.0.0.1:8080', '[::1]:8080', '[::1]'].map((host): [string, object[]] => [
      `loopback at ${host}, which only the operator may name [DR-02]`,
      [statusService({ ...ENTRY, statusOrigins: [`https://${host}/`], head: `https://${host}/head` })],
    ]),
    [
      'loopback beside another host',
      [statusService({ ...ENTRY, statusOrigins: [...ENTRY.statusOrigins, 'https://localhost/'] })],
    ],
    [
      'loopback by its name',
      [statusService({ ...ENTRY, statusOrigins: ['https://localhost/'], head: 'https://localhost/head' })],
    ],
    [
      'too many origins',
      [statusService({ ...ENTRY, statusOrigins: Array(17).fill('https://id.example/status/acme/') })],
    ],
  ])('does not follow %s', (_what, services) => {
    expect(read(services)).toBe('invalid')
  })

  it('does not fall over a name that no resolver would take', () => {
    const odd = { ...ENTRY, statusOrigins: ['https://xn--a.example/'], head: 'https://xn--a.example/head' }

    expect(read([statusService(odd)])).toEqual(odd)
  })

  it('follows loopback for an authority that lies there', () => {
    const local = {
      authority: 'did:web:127.0.0.1%3A8080',
      statusIssuer: 'did:web:127.0.0.1%3A8080:status',
      statusOrigins: ['http://127.0.0.1:8080/status/acme/'],
      head: 'http://127.0.0.1:8080/status/acme/head',
    } as const

    expect(read([statusService(local)], local.authority)).toEqual(local)
  })
})
