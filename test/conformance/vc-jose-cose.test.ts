import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactSign, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { run } from '../cli/run.ts'
import { genericCredential, genericPresentation } from '../helpers/generic-documents.ts'

/*
 * What the W3C test suite of VC-JOSE-COSE asks: each of its cases by number, with keys and documents of our own, through
 * the command that it runs. The tokens that it gives to verify are years old, and kid is the thumbprint of a key.
 */

const ISSUER = 'https://example.issuer/vc-jose-cose'
const CURVES = { p256: 'P-256', p384: 'P-384', p521: 'P-521' } as const
type KeyName = keyof typeof CURVES | 'ed25519'
const ALGORITHMS = { p256: 'ES256', p384: 'ES384', p521: 'ES512', ed25519: 'EdDSA' } as const

let directory: string
const keys = new Map<KeyName, JsonObject>()

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'procura-jose-'))
  for (const name of ['p256', 'p384', 'p521', 'ed25519'] as const) keys.set(name, writeKey(name))
})

afterAll(() => rmSync(directory, { recursive: true }))

function writeKey(name: KeyName): JsonObject {
  const { privateKey } =
    name === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: CURVES[name] })
  const secretKeyJwk = {
    ...privateKey.export({ format: 'jwk' }),
    kid: `kid-${name}`,
    alg: ALGORITHMS[name],
  } as JsonObject
  const { d: _, ...publicKeyJwk } = secretKeyJwk
  const method = { id: `kid-${name}`, type: 'JsonWebKey', controller: ISSUER, publicKeyJwk, secretKeyJwk }
  writeFileSync(join(directory, `vm-${name}.json`), JSON.stringify(method))
  return secretKeyJwk
}

/** Runs the command as the suite does, and reads what it wrote. */
async function suite(
  verb: 'issue' | 'verify',
  feature: string,
  key: KeyName,
  input: string,
  ...further: string[]
) {
  writeFileSync(join(directory, 'input'), input)
  const output = join(directory, 'out', 'result.json')
  const words = ['--input', 'input', '--key', `vm-${key}.json`, '--feature', feature, '--output', output]
  const { code } = await run(['conformance', 'vc-jose-cose', verb, ...words, ...further], { directory })
  const written = JSON.parse(readFileSync(output, 'utf8'))
  return { code, result: written.result as string, data: written.data as string }
}

/** A token as another implementation makes it, years ago. */
async function token(key: KeyName, payload: JsonObject, header: JsonObject): Promise<string> {
  const jwk = keys.get(key) ?? {}
  const secret = await importJWK(jwk as object, ALGORITHMS[key])
  return new CompactSign(encodeUtf8(JSON.stringify(payload)))
    .setProtectedHeader({ alg: ALGORITHMS[key], kid: `kid-${key}`, ...header })
    .sign(secret)
}

const CREDENTIAL = genericCredential({
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
  id: 'http://university.example/credentials/1872',
  type: ['VerifiableCredential', 'ExampleAlumniCredential'],
  issuer: ISSUER,
  validFrom: '2010-01-01T19:23:24Z',
  credentialSchema: { id: 'https://example.org/examples/degree.json', type: 'JsonSchema' },
  credentialSubject: {
    id: 'did:example:123',
    firstName: 'Jane',
    lastName: 'Doe',
    address: { street: '123 Main St', city: 'Anytown', country: 'USA' },
    phoneNumbers: [{ type: 'work' }, { type: 'mobile' }],
  },
})

const FULL = {
  ...CREDENTIAL,
  validUntil: '2027-01-01T00:00:00Z',
  credentialStatus: {
    id: 'https://a.example/status/3#94567',
    type: 'StatusList2021Entry',
    statusPurpose: 'revocation',
  },
  evidence: [
    { id: 'https://a.example/e', type: ['DocumentVerification'], verifier: 'https://a.example/issuers/14' },
  ],
  termsOfUse: [{ id: 'https://a.example/terms/1', type: 'https://example.org/examples/terms/v1' }],
  refreshService: { id: 'https://a.example/refresh/3732', type: 'ManualRefreshService2018' },
}

/** Claims as libraries add them: among them an `iat` that is no number. */
const OLD_CLAIMS = { iss: ISSUER, iat: '2010-01-01T19:23:24Z', jti: 'urn:a:1' }

function enveloped(id: string): JsonObject {
  return { '@context': 'https://www.w3.org/ns/credentials/v2', type: 'EnvelopedVerifiableCredential', id }
}

function presentation(...ids: string[]): JsonObject {
  return genericPresentation({ id: 'urn:uuid:1', holder: ISSUER, verifiableCredential: ids.map(enveloped) })
}

/** With white space where the files of the suite have it. */
const SEVERAL = presentation(
  'data:application/vc+jwt,eyJh.eyJh.c2ln',
  'data:application/vc+sd-jwt,eyJh.eyJh.c2ln ~WyJh~',
  'data:application/vc+cose;base64,0oRYV6Q=\n',
)

describe('VC-JOSE-COSE §3.1: issuing with JOSE', () => {
  it.each<[string, KeyName, string, JsonObject, string]>([
    ['1. a credential', 'p256', 'credential_jose', CREDENTIAL, 'success'],
    ['2. a credential with all that is optional', 'p384', 'credential_jose', FULL, 'success'],
    [
      '3. a presentation',
      'p256',
      'presentation_jose',
      presentation('data:application/vc+jwt,a.b.c'),
      'success',
    ],
    ['4. a presentation of several credentials', 'p521', 'presentation_jose', SEVERAL, 'success'],
    [
      '5. a credential with unknown extensions',
      'p521',
      'credential_jose',
      { ...CREDENTIAL, badExtension: {} },
      'failure',
    ],
  ])('%s', async (_, key, feature, document, expected) => {
    const { result } = await suite('issue', feature, key, JSON.stringify(document))

    expect(result).toBe(expected)
  })

  it('makes a token with the media type in its header (§6.1), which verifies', async () => {
    const issued = await suite('issue', 'credential_jose', 'ed25519', JSON.stringify(CREDENTIAL))
    const header = JSON.parse(Buffer.from(issued.data.split('.')[0] ?? '', 'base64url').toString())
    const verified = await suite('verify', 'credential_jose', 'ed25519', issued.data)

    expect(header).toEqual({ alg: 'EdDSA', kid: 'kid-ed25519', typ: 'vc+jwt', cty: 'vc' })
    expect([verified.code, verified.result, JSON.parse(verified.data)]).toEqual([0, 'success', CREDENTIAL])
  })
})

describe('VC-JOSE-COSE §3.1: verifying with JOSE', () => {
  const vc = { typ: 'vc+jwt', cty: 'vc' }
  const vp = { typ: 'vp+jwt', cty: 'vp' }

  it.each<[string, KeyName, string, JsonObject, JsonObject, string]>([
    ['6. a credential', 'p256', 'credential_jose', { ...CREDENTIAL, ...OLD_CLAIMS }, vc, 'success'],
    [
      '7. a presentation',
      'p384',
      'presentation_jose',
      { ...SEVERAL, iss: ISSUER, exp: 1734397450 },
      vp,
      'success',
    ],
    [
      '8. a credential whose issuer is iss (§3.1.3)',
      'ed25519',
      'credential_jose',
      { ...CREDENTIAL, iss: ISSUER },
      vc,
      'success',
    ],
    [
      '8. a credential whose issuer is another than iss',
      'ed25519',
      'credential_jose',
      { ...CREDENTIAL, iss: 'did:a:b' },
      vc,
      'failure',
    ],
    [
      '9. a credential with unknown extensions',
      'ed25519',
      'credential_jose',
      { ...CREDENTIAL, badExtension: 1 },
      vc,
      'failure',
    ],
    [
      '13. a credential of a bad media type',
      'ed25519',
      'credential_jose',
      CREDENTIAL,
      { typ: 'bad+typ' },
      'failure',
    ],
    [
      '14. a presentation of a bad media type',
      'ed25519',
      'presentation_jose',
      SEVERAL,
      { typ: 'bad+typ' },
      'failure',
    ],
    [
      '14. a presentation of the media type of credentials',
      'ed25519',
      'presentation_jose',
      SEVERAL,
      vc,
      'failure',
    ],
    [
      '15. a credential with the claim vc',
      'ed25519',
      'credential_jose',
      { ...CREDENTIAL, vc: CREDENTIAL },
      vc,
      'failure',
    ],
    [
      '15. a credential with the claim vp',
      'ed25519',
      'credential_jose',
      { ...CREDENTIAL, vp: {} },
      vc,
      'failure',
    ],
    [
      '16. a presentation of what is no credential',
      'ed25519',
      'presentation_jose',
      presentation('not-a-credential'),
      vp,
      'failure',
    ],
    [
      '16. a presentation of a credential that nobody secured',
      'ed25519',
      'presentation_jose',
      { ...SEVERAL, verifiableCredential: [CREDENTIAL] },
      vp,
      'failure',
    ],
  ])('%s', async (_, key, feature, payload, header, expected) => {
    const { result } = await suite('verify', feature, key, `${await token(key, payload, header)}\n`)

    expect(result).toBe(expected)
  })

  it.each([
    ['10. a credential without a signature', 'credential_jose', CREDENTIAL],
    ['11. a presentation without a signature', 'presentation_jose', SEVERAL],
  ])('%s', async (_, feature, document) => {
    const { result, code } = await suite('verify', feature, 'ed25519', JSON.stringify(document))

    expect([result, code]).toEqual(['failure', 3])
  })

  it('12. a credential with a bad signature, or one by another key', async () => {
    const good = await token('ed25519', CREDENTIAL, vc)
    const forged = await suite('verify', 'credential_jose', 'ed25519', `${good.slice(0, -8)}AAAAAAAA`)
    const other = await suite('verify', 'credential_jose', 'p256', good)

    expect([forged.result, other.result]).toEqual(['failure', 'failure'])
  })

  it('refuses a token without a signature that says so (RFC 8725 §3.2)', async () => {
    const parts = [{ alg: 'none', typ: 'vc+jwt' }, CREDENTIAL].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    )
    const { result } = await suite('verify', 'credential_jose', 'ed25519', `${parts.join('.')}.`)

    expect(result).toBe('failure')
  })
})

describe('VC-JOSE-COSE §3.2: SD-JWT', () => {
  const PATHS = [
    'credentialSubject.address.street',
    'credentialSubject.address.city',
    'credentialSubject.phoneNumbers[0]',
  ]

  it.each<[string, KeyName, string, JsonObject, readonly string[]]>([
    [
      '17, 20. a credential',
      'p384',
      'credential_sdjwt',
      CREDENTIAL,
      ['credentialSubject.firstName', 'credentialSubject.lastName'],
    ],
    ['18, 21. a credential with hidden parts within parts', 'p521', 'credential_sdjwt', CREDENTIAL, PATHS],
    ['19, 22. a presentation', 'p384', 'presentation_sdjwt', SEVERAL, ['holder', 'verifiableCredential[0]']],
    ['17. a credential without hidden parts', 'p256', 'credential_sdjwt', CREDENTIAL, []],
  ])('issues and verifies %s', async (_, key, feature, document, paths) => {
    const issued = await suite(
      'issue',
      feature,
      key,
      JSON.stringify(document),
      '--disclosures',
      JSON.stringify(paths),
    )
    const verified = await suite('verify', feature, key, issued.data)

    expect([issued.result, issued.data.split('~')]).toEqual([
      'success',
      expect.objectContaining({ length: paths.length + 2 }),
    ])
    expect(verified.result).toBe('success')
    expect(JSON.parse(verified.data)).toEqual(document)
  })

  it('hides what is not disclosed', async () => {
    const { data } = await suite(
      'issue',
      'credential_sdjwt',
      'p256',
      JSON.stringify(CREDENTIAL),
      '--disclosures',
      JSON.stringify(PATHS),
    )
    const verified = await suite('verify', 'credential_sdjwt', 'p256', `${data.split('~')[0]}~`)

    expect(JSON.parse(verified.data).credentialSubject).toEqual({
      id: 'did:example:123',
      firstName: 'Jane',
      lastName: 'Doe',
      address: { country: 'USA' },
      phoneNumbers: [{ type: 'mobile' }],
    })
  })

  it.each<[string, string, JsonObject, string]>([
    ['24. a credential of a bad media type', 'credential_sdjwt', CREDENTIAL, 'bad+typ'],
    ['25. a presentation of a bad media type', 'presentation_sdjwt', SEVERAL, 'bad+typ'],
    [
      '26. a presentation of what is no credential',
      'presentation_sdjwt',
      presentation('bad-credential'),
      'vp+sd-jwt',
    ],
  ])('does not verify %s', async (_, feature, payload, typ) => {
    const { result } = await suite('verify', feature, 'p521', `${await token('p521', payload, { typ })}~`)

    expect(result).toBe('failure')
  })

  it('does not verify 23. a credential with a bad signature, or with a disclosure that nobody asked for', async () => {
    const { data } = await suite('issue', 'credential_sdjwt', 'p384', JSON.stringify(CREDENTIAL))
    const forged = await suite('verify', 'credential_sdjwt', 'p384', data.replace(/.{4}~$/, 'AAAA~'))
    const added = await suite('verify', 'credential_sdjwt', 'p384', `${data}WyJzYWx0IiwiYSIsMV0~`)
    const bare = await suite('verify', 'credential_sdjwt', 'p384', data.slice(0, -1))

    expect([forged.result, added.result, bare.result]).toEqual(['failure', 'failure', 'failure'])
  })
})

describe('the command', () => {
  it.each(['credential_cose', 'presentation_cose'])(
    'answers indeterminate for what it does not have: %s',
    async (feature) => {
      const { result, code } = await suite('verify', feature, 'p256', 'AAAA')

      expect([result, code]).toEqual(['indeterminate', 0])
    },
  )

  it.each<[string, string[]]>([
    ['a key file that is not there', ['--key', 'none.json']],
    ['a key file without a key', ['--key', 'empty.json']],
    ['a path that leads nowhere', ['--disclosures', '["credentialSubject.none"]']],
    ['a path into an object that is a text', ['--disclosures', '["id.none"]']],
    ['a path beyond a list', ['--disclosures', '["type[9]"]']],
    ['paths that are no list', ['--disclosures', '{}']],
  ])('writes an error for %s, so that the suite has something to read', async (_, words) => {
    writeFileSync(join(directory, 'empty.json'), '{}')
    mkdirSync(join(directory, 'out'), { recursive: true })
    const { result, code } = await suite(
      'issue',
      'credential_sdjwt',
      'p256',
      JSON.stringify(CREDENTIAL),
      ...words,
    )

    expect([result, code]).toEqual(['error', 1])
  })

  it('calls what is no JSON a failure, and not an error', async () => {
    expect((await suite('issue', 'credential_jose', 'p256', 'no JSON')).result).toBe('failure')
  })
})
