import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../../../src/core/base64url.ts'
import { concatBytes, encodeUtf8 } from '../../../src/core/bytes.ts'
import { claimedTyp, parseCompactJws, verifyCompactJws } from '../../../src/securing/vc-jose/compact-jws.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { ALICE, acceptedValue, alice, bob, mallory, methodOf, outcomeOf } from '../../helpers/signers.ts'

const TYP = 'procura-test+jwt'
const MAX_BYTES = 2048
const HEADER = { alg: 'EdDSA', kid: alice.keyId, typ: TYP }

const parse = (token: string) => parseCompactJws(token, TYP, MAX_BYTES)

/** A segment of a JSON value, of a text as it is, or of bytes. */
function segment(part: unknown): string {
  if (part instanceof Uint8Array) return encodeBase64url(part)
  return encodeBase64url(encodeUtf8(typeof part === 'string' ? part : JSON.stringify(part)))
}

/** A token with alice's valid signature over whatever stands before it. */
async function signed(header: unknown, payload: unknown): Promise<string> {
  const input = `${segment(header)}.${segment(payload)}`
  return `${input}.${encodeBase64url(await alice.sign(encodeUtf8(input)))}`
}

describe('the type that a token claims', () => {
  it('is that of its header, though nothing else is there', () => {
    expect(claimedTyp(`${segment(HEADER)}.e30.AA`)).toBe(TYP)
    expect(claimedTyp(segment({ typ: TYP }))).toBe(TYP)
  })

  it.each([
    ['an empty text', ''],
    ['a header without one', segment({ alg: 'EdDSA' })],
    ['a header that is a list', segment([TYP])],
    ['a header that is no JSON', segment('{')],
    ['what is no base64url', '*.e30.AA'],
  ])('is none of %s', (_, token) => {
    expect(claimedTyp(token)).toBeUndefined()
  })

  it('is looked for in a header of 4096 characters, and of no more', () => {
    const padded = (bytes: number) => segment(JSON.stringify({ typ: TYP }).padEnd(bytes, ' '))

    expect(padded(3072)).toHaveLength(4096)
    expect(claimedTyp(padded(3072))).toBe(TYP)
    expect(claimedTyp(padded(3073))).toBeUndefined()
  })
})

describe('parseCompactJws', () => {
  it('reads what signCompactJws writes', async () => {
    const token = await signCompactJws({ typ: TYP, payload: { a: [1, 'é'] }, signer: alice })

    const jws = acceptedValue(parse(token))

    expect(jws.algorithm).toBe('EdDSA')
    expect(jws.kid).toBe(alice.keyId)
    expect(JSON.stringify(jws.payload)).toBe('{"a":[1,"é"]}')
    expect(jws.payloadText).toBe('{"a":[1,"é"]}')
    expect(jws.token).toBe(token)
    expect(jws.signingInput).toBe(token.slice(0, token.lastIndexOf('.')))
    expect(jws.signature).toHaveLength(64)
  })

  it.each([
    ['EdDSA', 'EdDSA'],
    ['Ed25519', 'EdDSA'],
    ['ES256', 'ES256'],
  ])('reads alg %s as %s', async (alg, algorithm) => {
    expect(acceptedValue(parse(await signed({ ...HEADER, alg }, {}))).algorithm).toBe(algorithm)
  })

  it.each([
    'none',
    'None',
    'nOnE',
    'HS256',
    'RS256',
    'ES384',
    'ES256K',
    'eddsa',
    '',
    null,
    1,
    ['EdDSA'],
    undefined,
  ])('refuses alg %j [SM-01]', async (alg) => {
    expect(outcomeOf(parse(await signed({ ...HEADER, alg }, {})))).toBe('unsupported alg')
  })

  it('refuses alg none without a signature [SM-01]', () => {
    const token = `${segment({ ...HEADER, alg: 'none' })}.${segment({})}.`

    expect(outcomeOf(parse(token))).toBe('unsupported alg')
  })

  it.each([
    'jwk',
    'x5c',
    'jku',
    'x5u',
    'x5t',
    'crit',
    'b64',
    'cty',
    'zip',
    'iss',
    'constructor',
    '__proto__',
  ])('refuses the header member %s [SM-03]', async (name) => {
    const text = JSON.stringify(HEADER)
    const header = text.replace('}', `,${JSON.stringify(name)}:{}}`)

    expect(outcomeOf(parse(await signed(text, {})))).toBe('accepted')
    expect(outcomeOf(parse(await signed(header, {})))).toBe('malformed header')
  })

  it('refuses a header with a member twice', async () => {
    const header = JSON.stringify(HEADER).replace('{', '{"alg":"none",')

    expect(outcomeOf(parse(await signed(header, {})))).toBe('malformed header')
  })

  it.each(['vc+jwt', 'JWT', 'application/procura-test+jwt', 'PROCURA-TEST+JWT', '', null, [TYP], undefined])(
    'refuses typ %j where another is expected [SM-07]',
    async (typ) => {
      expect(outcomeOf(parse(await signed({ ...HEADER, typ }, {})))).toBe('malformed typ')
    },
  )

  it.each([
    'did:key:z6Mk',
    '#key-1',
    'did:key:z6Mk#',
    'did:web:id.example/path#key-1',
    'did:web:id.example?service=x#key-1',
    'https://id.example/#key-1',
    'did:key:z6Mk#a#b',
    'did:key:z6Mk#a\n',
    `did:key:${'z'.repeat(MAX_BYTES / 2)}#`,
    '',
    null,
    ['did:key:z6Mk#z6Mk'],
    undefined,
  ])('refuses kid %j, which is not an absolute DID URL with a fragment', async (kid) => {
    expect(outcomeOf(parse(await signed({ ...HEADER, kid }, {})))).toBe('malformed kid')
  })

  it.each([
    ['an array', '[]'],
    ['a string', '"a"'],
    ['nothing', ''],
    ['a duplicate member', '{"a":1,"a":1}'],
    ['a lone surrogate', '{"a":"\\ud800"}'],
    ['a byte order mark', '\ufeff{}'],
    ['something after the object', '{}{}'],
    ['an integer that a double cannot hold', '{"a":9007199254740993}'],
    ['ill-formed UTF-8', concatBytes(encodeUtf8('{"a":"'), Uint8Array.of(0xc0, 0x80), encodeUtf8('"}'))],
  ])('refuses a payload with %s', async (_, payload) => {
    expect(outcomeOf(parse(await signed(HEADER, ' { "a" : 1 } ')))).toBe('accepted')
    expect(outcomeOf(parse(await signed(HEADER, payload)))).toBe('malformed payload')
  })

  it.each([
    ['no segments', () => ''],
    ['one segment', () => 'e30'],
    ['two segments', (token: string) => token.slice(0, token.lastIndexOf('.'))],
    ['four segments', (token: string) => `${token}.`],
    ['an empty header', (token: string) => token.slice(token.indexOf('.'))],
    ['an empty payload', (token: string) => token.replace(/\..*\./, '..')],
    ['an empty signature', (token: string) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['padding', (token: string) => `${token}==`],
    ['a space', (token: string) => token.replace('.', ' .')],
    ['a line break at the end', (token: string) => `${token}\n`],
    ['a line break in the payload', (token: string) => token.replace(/\.(....)/, '.$1\n')],
    ['the other base64 alphabet', (token: string) => `${token.slice(0, -2)}+/`],
    ['trailing bits', (token: string) => withTrailingBits(token)],
    ['a signature of 63 bytes', (token: string) => resize(token, 63)],
    ['a signature of 65 bytes [SM-13]', (token: string) => resize(token, 65)],
  ])('refuses a token with %s [SM-11]', async (_, change) => {
    const token = await signed(HEADER, {})

    expect(outcomeOf(parse(token))).toBe('accepted')
    expect(outcomeOf(parse(change(token)))).toMatch(/^malformed (token|header|payload|signature)$/)
  })

  it('refuses a token of more bytes than allowed before it reads any, and accepts one of exactly as many', async () => {
    const token = await signed(HEADER, {})

    expect(outcomeOf(parseCompactJws(token, TYP, token.length))).toBe('accepted')
    expect(outcomeOf(parseCompactJws(token, TYP, token.length - 1))).toBe('limit_exceeded token')
  })

  it('reads a megabyte of dots in no time', () => {
    expect(outcomeOf(parseCompactJws('.'.repeat(2 ** 20), TYP, 2 ** 20))).toBe('malformed header')
  })
})

describe('verifyCompactJws', () => {
  it.each([alice, bob])('accepts a signature by the key itself ($algorithm)', async (signer) => {
    const jws = acceptedValue(parse(await signCompactJws({ typ: TYP, payload: {}, signer })))

    expect(await verifyCompactJws(jws, methodOf(signer))).toEqual({ verified: true, value: undefined })
  })

  it('answers without a promise where the platform does', async () => {
    const jws = acceptedValue(parse(await signed(HEADER, {})))

    expect(verifyCompactJws(jws, methodOf(alice))).toMatchObject({ verified: true })
  })

  it('refuses a signature by another key', async () => {
    const jws = acceptedValue(parse(await signCompactJws({ typ: TYP, payload: {}, signer: mallory })))

    expect(outcomeOf(await verifyCompactJws(jws, methodOf(alice)))).toBe('signature_invalid')
  })

  it.each([
    { signer: alice, other: bob },
    { signer: bob, other: alice },
  ])('refuses $signer.algorithm for a key of the other type [SM-02]', async ({ signer, other }) => {
    const jws = acceptedValue(parse(await signCompactJws({ typ: TYP, payload: {}, signer })))

    expect(outcomeOf(await verifyCompactJws(jws, methodOf(other)))).toBe('signature_invalid alg')
  })

  it('refuses HMACs keyed with the public key, in every form of it [SM-02]', async () => {
    const raw = alice.publicKey.raw
    const jwk = JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: ALICE.x })
    const pem = `\n-----BEGIN PUBLIC KEY-----\n${Buffer.from(raw).toString('base64')}\n-----END PUBLIC KEY-----`

    for (const secret of [raw, encodeUtf8(jwk), encodeUtf8(pem)]) {
      expect(outcomeOf(parse(await hmacToken({ ...HEADER, alg: 'HS256' }, secret)))).toBe('unsupported alg')
    }
    expect(outcomeOf(parse(await hmacToken(HEADER, raw)))).toBe('malformed signature')
  })

  it.each([
    ['r = 0, s = 0', new Uint8Array(64)],
    ['r = n, s = n', scalars(N, N)],
    ['r = n, s = 0', scalars(N, 0n)],
    ['r = 1, s = 1', scalars(1n, 1n)],
    ['r, s beyond n', new Uint8Array(64).fill(0xff)],
    [
      'a DER signature cut to 64 bytes',
      concatBytes(Uint8Array.of(0x30, 62, 2, 29), new Uint8Array(60).fill(2)),
    ],
  ])('refuses an ES256 signature with %s [SM-13]', async (_, signature) => {
    const jws = acceptedValue(parse(await signCompactJws({ typ: TYP, payload: {}, signer: bob })))

    expect(outcomeOf(await verifyCompactJws(jws, methodOf(bob)))).toBe('accepted')
    expect(outcomeOf(await verifyCompactJws({ ...jws, signature }, methodOf(bob)))).toBe('signature_invalid')
  })
})

/** Order of the group of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function scalars(r: bigint, s: bigint): Uint8Array {
  return Uint8Array.from(
    Buffer.from(r.toString(16).padStart(64, '0') + s.toString(16).padStart(64, '0'), 'hex'),
  )
}

function withTrailingBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.slice(-1))
  return token.slice(0, -1) + alphabet.charAt(last + 1)
}

function resize(token: string, bytes: number): string {
  const end = token.lastIndexOf('.') + 1
  const signature = new Uint8Array(bytes)
  signature.set((decodeBase64url(token.slice(end)) ?? new Uint8Array()).subarray(0, bytes))
  return token.slice(0, end) + encodeBase64url(signature)
}

async function hmacToken(header: unknown, secret: Uint8Array): Promise<string> {
  const input = `${segment(header)}.${segment({})}`
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), algorithm, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input))
  return `${input}.${encodeBase64url(new Uint8Array(mac))}`
}
