import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { parseCredential } from '../../src/model/parse-credential.ts'
import type { Refusal } from '../../src/refusal.ts'
import {
  AGENT,
  AUTHORITY,
  agentJson,
  digestAt,
  helperJson,
  idAt,
  leaseJson,
  OWNER,
  ownerJson,
  parsed,
  REVOCATION_LIST,
  RUN,
  runJson,
  START,
  STATUS_ISSUER,
  SUSPENSION_LIST,
  statusJson,
} from '../helpers/credentials.ts'

function refusalOf(json: unknown): Refusal | undefined {
  const verdict = parseCredential(json as JsonObject)
  return verdict.verified ? undefined : verdict.refusal
}

function malformed(dimension: string): Refusal {
  return { code: 'malformed', dimension }
}

const WINDOW = { validFrom: START, validUntil: START + 900_000 }
const MAIL = { origin: 'https://mail.example', path: '/' }

describe('parseCredential', () => {
  it('reads an OwnerCredential', () => {
    expect(parsed(ownerJson())).toEqual({
      type: 'OwnerCredential',
      id: idAt(0),
      issuer: AUTHORITY,
      ...WINDOW,
      status: { revocation: REVOCATION_LIST, suspension: SUSPENSION_LIST, index: 99 },
      subject: {
        id: OWNER,
        tenant: 'acme',
        environment: 'production',
        accountable: 'urn:uuid:5d0c8f3e-1111-4222-8333-944455566677',
        team: 'support',
        assurance: 'mfa',
        custody: 'service',
        authorizationDetails: [
          {
            type: 'api',
            supported: true,
            locations: [MAIL],
            actions: ['mail.read', 'mail.send'],
            constraints: [],
            inheritable: true,
          },
        ],
        statusService: { issuer: STATUS_ISSUER, origins: ['https://id.example/status/'] },
        revokers: ['did:key:z6Mkrevoker'],
        statusLease: [],
      },
    })
  })

  it('reads the delegation to an agent', () => {
    expect(parsed(agentJson())).toMatchObject({
      type: 'DelegationCredential',
      issuer: OWNER,
      subject: {
        id: AGENT,
        kind: 'Agent',
        mode: 'delegated',
        software: { name: 'triage', version: '1.4.0' },
        maxDepth: 2,
        allowStatusless: true,
        statusLease: [{ revocation: REVOCATION_LIST, suspension: SUSPENSION_LIST, indexes: [101, 102, 103] }],
      },
    })
  })

  it('reads the delegation to a run', () => {
    expect(parsed(runJson())).toMatchObject({
      issuer: AGENT,
      subject: {
        id: RUN,
        kind: 'Run',
        parent: { id: idAt(1), digest: digestAt(1) },
        lineage: { rootTask: 'task-1', parentRun: 'run-0', run: 'run-1' },
      },
    })
  })

  it('reads absent depth, lease, permission and revokers as none', () => {
    const bare = { maxDepth: undefined, statusLease: undefined, allowStatusless: undefined }

    expect(parsed(agentJson(bare)).subject).toMatchObject({
      maxDepth: 0,
      statusLease: [],
      allowStatusless: false,
    })
    expect(parsed(ownerJson({ revokers: undefined })).subject).toMatchObject({ revokers: [] })
  })

  it('reads "inherit" in place of authorizationDetails', () => {
    const inheriting = agentJson({ authorizationDetails: undefined, inherit: true })

    expect(parsed(inheriting).subject).toMatchObject({ authorizationDetails: 'inherit' })
  })

  it('reads the two status entries in either order', () => {
    const reversed = ownerJson({}, { credentialStatus: statusJson(99).reverse() })

    expect(parsed(reversed)).toEqual(parsed(ownerJson()))
  })

  it.each([
    ['null', null],
    ['a string', 'x'],
    ['a number', 1],
    ['a list', [ownerJson()]],
    ['nothing', undefined],
  ])('refuses %s in place of a document', (_, json) => {
    expect(refusalOf(json)).toEqual({ code: 'malformed' })
  })

  describe('of the envelope refuses', () => {
    const { '@context': context, type } = ownerJson() as { '@context': string[]; type: string[] }
    const [vc = '', procura = ''] = context

    it.each([
      ['another first context [CP-08]', [procura, vc]],
      ['the context of VCDM 1.1 [CP-08]', ['https://www.w3.org/2018/credentials/v1', procura]],
      ['one more context, which nobody fetches [CP-09]', [...context, 'http://127.0.0.1:1/ctx']],
      ['an inline context [CP-10]', [vc, { scope: 'https://evil.example/' }]],
      ['an inline context besides ours [CP-10]', [...context, { '@vocab': 'https://evil.example/' }]],
      ['only the first context', [vc]],
      ['a context that is a string', vc],
      ['no context', undefined],
    ])('%s', (_, value) => {
      expect(refusalOf(ownerJson({}, { '@context': value }))).toEqual(malformed('@context'))
    })

    it.each([
      ['a type of no chain', ['VerifiableCredential', 'UniversityDegree']],
      ['one more type', [...type, 'DelegationCredential']],
      ['the types the other way round', [...type].reverse()],
      ['a single type', 'OwnerCredential'],
    ])('%s', (_, value) => {
      expect(refusalOf(ownerJson({}, { type: value }))).toEqual(malformed('type'))
    })

    it.each([
      ['@id', 'urn:uuid:1'],
      ['@included', []],
      ['holder', OWNER],
      ['proof', {}],
      ['vc', {}],
      ['iss', OWNER],
      ['exp', 1],
      ['termsOfUse', []],
      ['__proto__x', {}],
    ])('the member %s [CP-12]', (name, value) => {
      expect(refusalOf(ownerJson({}, { [name]: value }))).toEqual({ code: 'malformed' })
    })

    it.each(['__proto__', 'constructor', 'prototype', 'toString'])(
      'the member %s at any level, and leaves Object.prototype alone [CP-03]',
      (name) => {
        const evil = (json: JsonObject): JsonObject =>
          JSON.parse(JSON.stringify(json).replace(/^\{/, `{"${name}":{"polluted":1},`))
        const inSubject = {
          ...agentJson(),
          credentialSubject: evil(agentJson().credentialSubject as JsonObject),
        }

        expect(refusalOf(evil(agentJson()))).toEqual({ code: 'malformed' })
        expect(refusalOf(inSubject)).toEqual(malformed('credentialSubject'))
        expect(({} as Record<string, unknown>).polluted).toBeUndefined()
        expect(refusalOf(agentJson())).toBeUndefined()
      },
    )

    it.each([
      ['a list of subjects', [ownerJson().credentialSubject]],
      ['a subject that is only a name', OWNER],
    ])('%s', (_, credentialSubject) => {
      expect(refusalOf(ownerJson({}, { credentialSubject }))).toEqual(malformed('credentialSubject'))
    })

    it.each([
      ['upper case', idAt(0).toUpperCase()],
      ['a bare UUID', idAt(0).slice('urn:uuid:'.length)],
      ['a URL', 'https://id.example/credentials/1'],
      ['something behind it', `${idAt(0)}\n`],
    ])('an id of %s', (_, id) => {
      expect(refusalOf(ownerJson({}, { id }))).toEqual(malformed('id'))
    })

    it.each([
      ['no time zone', '2026-11-22T09:00:00.000'],
      ['only a date', '2026-11-22'],
      ['a number', START],
      ['an impossible day', '2026-02-30T09:00:00Z'],
      ['words', 'yesterday'],
    ])('a date with %s', (_, date) => {
      expect(refusalOf(ownerJson({}, { validFrom: date }))).toEqual(malformed('validFrom'))
      expect(refusalOf(ownerJson({}, { validUntil: date }))).toMatchObject({ code: 'malformed' })
    })

    it('a window that is empty or runs backwards', () => {
      const { validFrom, validUntil } = ownerJson()

      expect(refusalOf(ownerJson({}, { validUntil: validFrom }))).toEqual(malformed('validUntil'))
      expect(refusalOf(ownerJson({}, { validFrom: validUntil, validUntil: validFrom }))).toEqual(
        malformed('validUntil'),
      )
    })
  })

  describe('of DIDs', () => {
    it.each([
      ['did:web', 'did:web:agent.example'],
      ['did:webvh', 'did:webvh:Qm:agent.example'],
      ['a method that nobody knows', 'did:constructor:x'],
      ['no method', 'did::x'],
      ['a fragment', `${AGENT}#key`],
      ['a query', `${AGENT}?versionId=1`],
      ['characters outside base58', 'did:key:z0OIl'],
      ['another multibase', 'did:key:uabc'],
      ['padding', 'did:jwk:eyJ9=='],
      ['nothing', ''],
    ])('refuses an agent, an owner or a run with %s', (_, id) => {
      expect(refusalOf(ownerJson({ id }))).toEqual(malformed('credentialSubject.id'))
      expect(refusalOf(agentJson({ id }))).toEqual(malformed('credentialSubject.id'))
      expect(refusalOf(runJson({ id }))).toEqual(malformed('credentialSubject.id'))
      expect(refusalOf(agentJson({}, { issuer: id }))).toEqual(malformed('issuer'))
    })

    it('accepts did:jwk for them', () => {
      expect(refusalOf(agentJson({ id: 'did:jwk:eyJ9' }))).toBeUndefined()
    })

    it.each([
      'did:web:id.example',
      'did:web:id.example%3A8443:a:b',
      'did:webvh:Qm:id.example',
      'did:key:z6Mk',
      'did:jwk:eyJ9',
    ])('accepts the authority %s', (authority) => {
      expect(refusalOf(ownerJson({}, { issuer: authority }))).toBeUndefined()
      expect(refusalOf(agentJson({ authority }))).toBeUndefined()
    })

    it.each([
      'did:constructor:x',
      'did:ion:abc',
      'https://id.example',
      { id: AUTHORITY },
      'did:web:id.example#key',
    ])('refuses the authority %j', (authority) => {
      expect(refusalOf(ownerJson({}, { issuer: authority }))).toEqual(malformed('issuer'))
      expect(refusalOf(agentJson({ authority }))).toEqual(malformed('credentialSubject.authority'))
    })

    it('refuses an authority that is its own status issuer', () => {
      const status = { issuer: AUTHORITY, origins: ['https://id.example/status/'] }

      expect(refusalOf(ownerJson({ status }))).toEqual(malformed('credentialSubject.status.issuer'))
    })
  })

  describe('of status', () => {
    const entries = (change: object) => statusJson(99).map((entry) => ({ ...entry, ...change }))
    const ofOwner = (credentialStatus: unknown) => refusalOf(ownerJson({}, { credentialStatus }))

    it.each([
      '-1',
      '01',
      '1.0',
      '1e3',
      '0x10',
      ' 1',
      '1 ',
      '',
      '1\n',
      '+1',
      '5abc',
      '١',
      '2147483648',
      '9'.repeat(25),
    ])('refuses the index %j [SL-17]', (statusListIndex) => {
      expect(ofOwner(entries({ statusListIndex }))).toEqual(malformed('credentialStatus.statusListIndex'))
    })

    it.each([99, true, null, ['99']])(
      'refuses the index %j, which is not a string [SL-17]',
      (statusListIndex) => {
        expect(ofOwner(entries({ statusListIndex }))).toEqual(malformed('credentialStatus.statusListIndex'))
      },
    )

    it.each(['0', '2147483647'])('accepts the index %j', (statusListIndex) => {
      expect(ofOwner(entries({ statusListIndex }))).toBeUndefined()
    })

    it.each([
      'file:///etc/passwd',
      'data:text/plain,x',
      'http://id.example/status/r7',
      'ftp://id.example/status/r7',
      '//id.example/status/r7',
      'status/r7',
      'https://user@id.example/status/r7',
      'https://id.example/status/r7?x=1',
      'https://id.example/status/r7#x',
      'https://169.254.169.254/status/r7',
      'https://[fd00::1]/status/r7',
      'https://2130706433/r7',
    ])('refuses the list %s [SL-06]', (statusListCredential) => {
      const [revocation, suspension] = statusJson(99)

      expect(ofOwner([{ ...revocation, statusListCredential }, suspension])).toEqual(
        malformed('credentialStatus.statusListCredential'),
      )
    })

    it('accepts lists on loopback', () => {
      const [revocation, suspension] = statusJson(99)

      expect(
        ofOwner([{ ...revocation, statusListCredential: 'http://127.0.0.1:8080/r7' }, suspension]),
      ).toBeUndefined()
    })

    it.each([
      ['one entry', statusJson(99).slice(0, 1)],
      ['three entries', [...statusJson(99), statusJson(99)[0]]],
      ['two entries of one purpose', [statusJson(99)[0], statusJson(99)[0]]],
      ['two different indexes', [statusJson(99)[0], statusJson(98)[1]]],
      ['one list for both purposes', entries({ statusListCredential: REVOCATION_LIST })],
      ['an entry that is not in a list', statusJson(99)[0]],
    ])('refuses %s', (_, credentialStatus) => {
      expect(ofOwner(credentialStatus)).toEqual(malformed('credentialStatus'))
    })

    it.each([
      ['another type', { type: 'StatusList2021Entry' }, 'credentialStatus.type'],
      ['another purpose', { statusPurpose: 'message' }, 'credentialStatus.statusPurpose'],
      ['a size', { statusSize: 1 }, 'credentialStatus'],
      ['an id', { id: 'https://id.example/status/r7#99' }, 'credentialStatus'],
    ])('refuses entries with %s', (_, change, dimension) => {
      expect(ofOwner(entries(change))).toEqual(malformed(dimension))
    })

    it.each([
      ['an OwnerCredential', ownerJson({}, { credentialStatus: undefined })],
      ['an agent', agentJson({}, { credentialStatus: undefined })],
    ])('refuses %s without status [DC-10]', (_, json) => {
      expect(refusalOf(json)).toEqual({ code: 'status_missing', dimension: 'credentialStatus' })
    })

    it('reads a run and a sub-agent without status, for the joining rules to judge', () => {
      expect(parsed(runJson({}, { credentialStatus: undefined }))).not.toHaveProperty('status')
      expect(parsed(helperJson({}, { credentialStatus: undefined }))).not.toHaveProperty('status')
    })
  })

  describe('of leases', () => {
    const lease = 'credentialSubject.statusLease'
    const other = { revocation: 'https://id.example/status/r8', suspension: 'https://id.example/status/s8' }
    const numbered = (n: number, ...indexes: number[]) => ({
      revocation: `https://id.example/status/r${n}`,
      suspension: `https://id.example/status/s${n}`,
      indexes: indexes.map(String),
    })
    const range = (from: number, length: number) => Array.from({ length }, (_, i) => from + i)

    it.each([
      ['no lease in the list', [], malformed(lease)],
      ['a lease of no index', [{ ...other, indexes: [] }], malformed(`${lease}.indexes`)],
      ['an index as a number', [{ ...other, indexes: [5] }], malformed(`${lease}.indexes`)],
      ['an index twice', [leaseJson(5, 5)], malformed(`${lease}.indexes`)],
      [
        'a list in two leases',
        [leaseJson(5), { ...other, revocation: REVOCATION_LIST, indexes: ['6'] }],
        malformed(lease),
      ],
      [
        'one list for both purposes',
        [{ ...other, suspension: other.revocation, indexes: ['6'] }],
        malformed(lease),
      ],
      ['a member more', [{ ...leaseJson(5), ttl: 1 }], malformed(lease)],
      [
        'five pairs of lists',
        range(1, 5).map((n) => numbered(n, 5)),
        { code: 'limit_exceeded', dimension: lease },
      ],
      [
        '257 indexes',
        [leaseJson(...range(0, 257))],
        { code: 'limit_exceeded', dimension: `${lease}.indexes` },
      ],
      [
        '257 indexes in two lists',
        [numbered(1, ...range(0, 200)), numbered(2, ...range(0, 57))],
        { code: 'limit_exceeded', dimension: lease },
      ],
    ])('refuses %s', (_, statusLease, refusal) => {
      expect(refusalOf(agentJson({ statusLease }))).toEqual(refusal)
    })

    it('accepts 256 indexes over four pairs of lists', () => {
      const statusLease = [1, 2, 3, 4].map((n) => numbered(n, ...range(0, 64)))

      expect(refusalOf(agentJson({ statusLease }))).toBeUndefined()
    })

    it('refuses a lease in link 0 unless the owner holds the key', () => {
      expect(refusalOf(ownerJson({ statusLease: [leaseJson(5)] }))).toEqual(malformed(lease))
      expect(refusalOf(ownerJson({ statusLease: [leaseJson(5)], custody: 'owner' }))).toBeUndefined()
    })
  })

  describe('of the subject', () => {
    it.each([
      [
        'inherit: false',
        agentJson({ authorizationDetails: undefined, inherit: false }),
        'credentialSubject.inherit',
      ],
      [
        'inherit as a string',
        agentJson({ authorizationDetails: undefined, inherit: 'true' }),
        'credentialSubject.inherit',
      ],
      ['inherit beside authorizationDetails', agentJson({ inherit: true }), 'credentialSubject'],
      [
        'inherit in a link ≥ 2',
        runJson({ inherit: true, authorizationDetails: undefined }),
        'credentialSubject.authorizationDetails',
      ],
      ['neither', agentJson({ authorizationDetails: undefined }), 'credentialSubject.authorizationDetails'],
      ['a kind of link 1', agentJson({ kind: 'Agent' }), 'credentialSubject.kind'],
      ['an unknown kind', runJson({ kind: 'Robot' }), 'credentialSubject.kind'],
      ['a run that names an agentId', runJson({ agentId: 'agent-1' }), 'credentialSubject'],
      ['a run that names a tenant', runJson({ tenant: 'acme' }), 'credentialSubject'],
      ['a run without a parent', runJson({ parent: undefined }), 'credentialSubject.parent'],
      ['a parent without a digest', runJson({ parent: { id: idAt(1) } }), 'credentialSubject.parent.digest'],
      [
        'a digest in another form',
        runJson({ parent: { id: idAt(1), digest: 'sha256-abc' } }),
        'credentialSubject.parent.digest',
      ],
      ['an unknown mode', agentJson({ mode: 'free' }), 'credentialSubject.mode'],
      ['an unknown custody', ownerJson({ custody: 'nobody' }), 'credentialSubject.custody'],
      ['no accountable human [I1]', ownerJson({ accountable: undefined }), 'credentialSubject.accountable'],
      ['a negative depth', agentJson({ maxDepth: -1 }), 'credentialSubject.maxDepth'],
      ['a broken depth', agentJson({ maxDepth: 1.5 }), 'credentialSubject.maxDepth'],
      ['a depth as a string', agentJson({ maxDepth: '1' }), 'credentialSubject.maxDepth'],
      [
        'allowStatusless as a string',
        agentJson({ allowStatusless: 'true' }),
        'credentialSubject.allowStatusless',
      ],
      [
        'software without a version',
        agentJson({ software: { name: 'x' } }),
        'credentialSubject.software.version',
      ],
      ['an unknown member of lineage', runJson({ lineage: { task: 'x' } }), 'credentialSubject.lineage'],
      ['lineage as a string', runJson({ lineage: 'task-1' }), 'credentialSubject.lineage'],
      [
        'no place for status lists',
        ownerJson({ status: { issuer: STATUS_ISSUER, origins: [] } }),
        'credentialSubject.status.origins',
      ],
      [
        'a place for status lists with a query',
        ownerJson({ status: { issuer: STATUS_ISSUER, origins: ['https://id.example/?x'] } }),
        'credentialSubject.status.origins',
      ],
      ['an empty list of revokers', ownerJson({ revokers: [] }), 'credentialSubject.revokers'],
      ['a revoker that is no DID', ownerJson({ revokers: ['mallory'] }), 'credentialSubject.revokers'],
    ])('refuses %s', (_, json, dimension) => {
      expect(refusalOf(json)).toEqual(malformed(dimension))
    })

    it.each([
      ['17 revokers', ownerJson({ revokers: new Array(17).fill(OWNER) }), 'credentialSubject.revokers'],
      [
        '9 places for status lists',
        ownerJson({ status: { issuer: STATUS_ISSUER, origins: new Array(9).fill('https://id.example') } }),
        'credentialSubject.status.origins',
      ],
    ])('refuses %s', (_, json, dimension) => {
      expect(refusalOf(json)).toEqual({ code: 'limit_exceeded', dimension })
    })

    it.each([
      ['a right-to-left override', 'triage\u202egpj.exe'],
      ['an isolate', 'a\u2066b'],
      ['a zero-width space', 'a\u200bb'],
      ['tag characters, which only models read', 'a\u{e0041}b'],
      ['a line feed', 'a\nb'],
      ['a NUL', 'a\0b'],
      ['a lone surrogate', 'a\ud800b'],
      ['nothing', ''],
      ['129 characters', 'x'.repeat(129)],
      ['a number', 4711],
      ['null', null],
    ])('refuses a name with %s', (_, name) => {
      expect(refusalOf(agentJson({ name }))).toEqual(malformed('credentialSubject.name'))
    })

    it.each(['Ä', '日本語 トリアージ', 'नमस्ते', '👩‍💻', 'x'.repeat(128)])('accepts the name %s', (name) => {
      expect(refusalOf(agentJson({ name }))).toBeUndefined()
    })

    it.each(['two words', 'tab\t', 'ü', '', 'x'.repeat(129)])('refuses the tenant %j', (tenant) => {
      expect(refusalOf(agentJson({ tenant }))).toEqual(malformed('credentialSubject.tenant'))
    })
  })

  it('names the first member at fault and no text of the document', () => {
    const json = agentJson({ name: 'SECRET\n', mode: 'SECRET', SECRET: 'SECRET' })

    expect(JSON.stringify(refusalOf(json))).not.toContain('SECRET')
  })
})
