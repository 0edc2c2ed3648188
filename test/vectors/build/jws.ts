import { createHmac } from 'node:crypto'
import { encodeBase64url } from '../../../src/core/base64url.ts'
import { encodePublicJwk } from '../../../src/core/crypto/public-jwk.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { VectorFile } from '../format.ts'
import { HOUR, headerOf, NOW, type Overrides, over, type Person, rawJws, Scene, segment } from './scene.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

/** Credentials as compact JWS. */
export async function jws(): Promise<VectorFile> {
  const scene = await Scene.create('jws')
  const theme = new Theme(
    'jws',
    'Credentials as compact JWS: header, segments, signature and claims.',
    await settingOf(scene),
  )
  theme.accept('plain', 'an agent’s credential as a JWS', await shown(scene, await scene.agent()))
  await headers(theme, scene)
  await segments(theme, scene)
  await signatures(theme, scene)
  await ecdsa(theme)
  await claims(theme, scene)
  return theme.file
}

async function shown(scene: Scene, agent: string) {
  const field = `"${await scene.owner()}", "${agent}"`
  return asked(await scene.request([], { field }))
}

async function withHeader(scene: Scene, changes: Overrides, by: Person = scene.cast.owner) {
  return shown(scene, await rawJws(headerOf(by.signer, changes), scene.agentJson(), by.signer))
}

async function headers(theme: Theme, scene: Scene): Promise<void> {
  const { owner, mallory } = scene.cast
  const jwk = encodePublicJwk(mallory.signer.publicKey) as unknown as JsonObject
  const kid = owner.signer.keyId
  const wrong: readonly (readonly [string, string, Overrides, string, string[], Person?])[] = [
    ['alg-none', 'alg none', { alg: 'none' }, 'unsupported@1 alg', ['SM-01']],
    ['alg-none-capitals', 'alg nOnE', { alg: 'nOnE' }, 'unsupported@1 alg', ['SM-01']],
    ['alg-hs256', 'alg HS256', { alg: 'HS256' }, 'unsupported@1 alg', ['SM-02']],
    ['alg-es256', 'alg of another type of key', { alg: 'ES256' }, 'signature_invalid@1', ['TP-09']],
    ['alg-missing', 'no alg', { alg: undefined }, 'unsupported@1 alg', []],
    ['alg-es256k', 'alg ES256K', { alg: 'ES256K' }, 'unsupported@1 alg', ['TP-09']],
    [
      'jwk',
      'the key of somebody else in the header, who signed',
      { jwk, kid },
      'malformed@1',
      ['SM-03'],
      mallory,
    ],
    ['x5c', 'a certificate in the header', { x5c: ['AA=='] }, 'malformed@1', ['SM-03']],
    [
      'jku',
      'the address of a key in the header',
      { jku: 'https://evil.example/jwks' },
      'malformed@1',
      ['SM-03'],
    ],
    ['crit', 'crit', { crit: ['exp'], exp: 1 }, 'malformed@1', []],
    ['b64', 'b64', { b64: false, crit: ['b64'] }, 'malformed@1', []],
    ['cty', 'any other member', { cty: 'json' }, 'malformed@1', []],
    ['kid-missing', 'no kid', { kid: undefined }, 'malformed@1', []],
    ['kid-relative', 'a kid without a DID', { kid: '#key-1' }, 'malformed@1', []],
    ['kid-did', 'a kid without a fragment', { kid: owner.did }, 'malformed@1', []],
    [
      'kid-foreign',
      'the kid of somebody else, who signed',
      {},
      'key_not_authorized@1 kid',
      ['SM-04'],
      mallory,
    ],
    [
      'kid-unknown',
      'a kid that the issuer does not have',
      { kid: `${owner.did}#other` },
      'key_not_authorized@1 assertionMethod',
      [],
    ],
    [
      'kid-lent',
      'the kid of the issuer on a signature of somebody else',
      { kid },
      'signature_invalid@1',
      ['SM-04'],
      mallory,
    ],
    ['typ-vp', 'typ vp+jwt', { typ: 'vp+jwt' }, 'malformed@1', ['SM-07']],
    ['typ-head', 'typ procura-head+jwt', { typ: 'procura-head+jwt' }, 'malformed@1', ['SM-07']],
    ['typ-kb', 'typ kb+jwt', { typ: 'kb+jwt' }, 'malformed@1', ['SM-07']],
    ['typ-jwt', 'typ JWT', { typ: 'JWT' }, 'malformed@1', ['SM-07']],
    ['typ-media', 'typ as a media type', { typ: 'application/vc+jwt' }, 'malformed@1', []],
    ['typ-missing', 'no typ', { typ: undefined }, 'malformed@1', ['SM-07']],
  ]
  for (const [name, title, changes, expected, threats, by] of wrong) {
    const extra = threats.length === 0 ? {} : { threats }
    theme.refuse(name, 'plain', title, refusal(expected), await withHeader(scene, changes, by), extra)
  }
  theme.accept(
    'alg-ed25519',
    'alg Ed25519, the other name of EdDSA with that curve',
    await withHeader(scene, { alg: 'Ed25519' }),
  )
  const [, payload = ''] = (await scene.agent()).split('.')
  const input = `${segment(JSON.stringify(headerOf(owner.signer, { alg: 'HS256' })))}.${payload}`
  const mac = createHmac('sha256', JSON.stringify(encodePublicJwk(owner.signer.publicKey)))
    .update(input)
    .digest()
  const symmetric = `${input}.${encodeBase64url(new Uint8Array(mac))}`
  theme.refuse(
    'hmac',
    'plain',
    'an HMAC with the public key of the issuer',
    refusal('unsupported@1 alg'),
    await shown(scene, symmetric),
    { threats: ['SM-02'] },
  )
}

async function segments(theme: Theme, scene: Scene): Promise<void> {
  const token = await scene.agent()
  const [header = '', payload = '', signature = ''] = token.split('.')
  const last = signature.at(-1) ?? ''
  const odd = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const loose = odd.charAt(odd.indexOf(last) + 1)
  const wrong: readonly (readonly [string, string, string])[] = [
    ['padding', 'padding behind a segment', `${header}.${payload}.${signature}==`],
    ['trailing-bits', 'bits behind the last byte', `${header}.${payload}.${signature.slice(0, -1)}${loose}`],
    [
      'white-space',
      'a space within a segment',
      `${header}.${payload.slice(0, 9)} ${payload.slice(9)}.${signature}`,
    ],
    ['two-segments', 'two segments', `${header}.${payload}`],
    ['four-segments', 'four segments', `${token}.`],
    ['no-signature', 'an empty signature', `${header}.${payload}.`],
    [
      'long-signature',
      'a signature of 65 bytes',
      `${header}.${payload}.${encodeBase64url(new Uint8Array(65))}`,
    ],
    ['no-payload', 'no payload', `${header}..${signature}`],
    ['header-list', 'a list as header', `${segment('[]')}.${payload}.${signature}`],
    [
      'header-twice',
      'a header with kid twice',
      `${segment(`{"alg":"EdDSA","typ":"vc+jwt","kid":"${scene.cast.mallory.signer.keyId}","kid":"${scene.cast.owner.signer.keyId}"}`)}.${payload}.${signature}`,
    ],
  ]
  for (const [name, title, text] of wrong) {
    theme.refuse(name, 'plain', title, refusal('malformed@1'), await shown(scene, text), {
      threats: ['SM-11'],
    })
  }
}

async function signatures(theme: Theme, scene: Scene): Promise<void> {
  const [header, payload, signature = ''] = (await scene.agent()).split('.')
  const [, otherPayload, otherSignature] = (await scene.agent({ purpose: 'else' })).split('.')
  const flipped = Buffer.from(signature, 'base64url')
  flipped[10] = (flipped[10] ?? 0) ^ 1
  const wrong: readonly (readonly [string, string, string, string[]])[] = [
    ['other-signature', 'the signature of another credential', `${header}.${payload}.${otherSignature}`, []],
    [
      'other-payload',
      'the payload of another credential',
      `${header}.${otherPayload}.${signature}`,
      ['CP-15'],
    ],
    ['bit', 'a signature with one bit turned', `${header}.${payload}.${flipped.toString('base64url')}`, []],
    ['zeros', 'a signature of zeros', `${header}.${payload}.${'A'.repeat(86)}`, ['SM-13']],
    [
      'not-reduced',
      'a signature whose second half is not reduced',
      `${header}.${payload}.${encodeBase64url(unreduced(signature))}`,
      [],
    ],
  ]
  for (const [name, title, text, threats] of wrong) {
    const extra = threats.length === 0 ? {} : { threats }
    theme.refuse(name, 'plain', title, refusal('signature_invalid@1'), await shown(scene, text), extra)
  }
  const [root = ''] = (await scene.owner()).split('\n')
  const [first, , third] = root.split('.')
  const wider = segment(JSON.stringify(scene.ownerJson({ assurance: 'highest' })))
  const step = asked(await scene.request([`${first}.${wider}.${third}`, await scene.agent()]))
  theme.refuse(
    'root-changed',
    'plain',
    'an owner credential that was changed',
    refusal('signature_invalid@0'),
    step,
  )
}

/** The same signature with the order of the group added to s (RFC 8032 §5.1.7 refuses it). */
function unreduced(signature: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(signature, 'base64url'))
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  let s = BigInt(`0x${Buffer.from(bytes.slice(32).reverse()).toString('hex')}`) + order
  for (let i = 32; i < 64; i++, s >>= 8n) bytes[i] = Number(s & 255n)
  return bytes
}

async function ecdsa(theme: Theme): Promise<void> {
  const ed = await Scene.create('jws')
  const scene = await Scene.create('jws p256', 'P-256', {
    authority: ed.cast.authority,
    status: ed.cast.status,
  })
  const [header, payload, signature = ''] = (await scene.agent()).split('.')
  const [r, s] = [
    Buffer.from(signature, 'base64url').subarray(0, 32),
    Buffer.from(signature, 'base64url').subarray(32),
  ]
  const n = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
  const zero = Buffer.alloc(32)
  const with64 = (a: Buffer, b: Buffer) =>
    `${header}.${payload}.${Buffer.concat([a, b]).toString('base64url')}`
  theme.accept('es256', 'an agent’s credential by a P-256 key', await shown(scene, with64(r, s)))
  const wrong: readonly (readonly [string, string, string, string])[] = [
    ['es256-zero', 'r and s zero', with64(zero, zero), 'signature_invalid@1'],
    ['es256-r-zero', 'r zero', with64(zero, s), 'signature_invalid@1'],
    ['es256-r-order', 'r equal to the order of the group', with64(n, s), 'signature_invalid@1'],
    ['es256-s-order', 's equal to the order of the group', with64(r, n), 'signature_invalid@1'],
    ['es256-swapped', 'r and s in the other order', with64(s, r), 'signature_invalid@1'],
    [
      'es256-der',
      'a signature in DER',
      `${header}.${payload}.${derOf(r, s).toString('base64url')}`,
      'malformed@1',
    ],
    [
      'es256-long',
      'a signature with a byte more',
      `${header}.${payload}.${Buffer.concat([r, s, Buffer.alloc(1)]).toString('base64url')}`,
      'malformed@1',
    ],
  ]
  for (const [name, title, text, expected] of wrong) {
    theme.refuse(name, 'es256', title, refusal(expected), await shown(scene, text), { threats: ['SM-13'] })
  }
  const { signer } = scene.cast.owner
  const eddsa = await rawJws(headerOf(signer, { alg: 'EdDSA' }), scene.agentJson(), signer)
  theme.refuse(
    'es256-as-eddsa',
    'es256',
    'alg EdDSA with a P-256 key',
    refusal('signature_invalid@1'),
    await shown(scene, eddsa),
    { threats: ['TP-09'] },
  )
}

function derOf(r: Buffer, s: Buffer): Buffer {
  const integer = (bytes: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), bytes])
  const body = Buffer.concat([integer(r), integer(s)])
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}

async function claims(theme: Theme, scene: Scene): Promise<void> {
  const { owner, agent, mallory } = scene.cast
  const [from, until] = [(NOW - HOUR) / 1000, (NOW + 23 * HOUR) / 1000]
  const withClaims = async (changes: Overrides) =>
    shown(scene, await rawJws(headerOf(owner.signer), over(scene.agentJson(), changes), owner.signer))
  theme.accept(
    'claims',
    'JWT claims that repeat what the credential says',
    await withClaims({ iss: owner.did, sub: agent.did, iat: from, nbf: from, exp: until }),
  )
  theme.accept(
    'exp-earlier',
    'an exp before the end of the credential',
    await withClaims({ exp: NOW / 1000 + 60 }),
  )
  const wrong: readonly (readonly [string, string, Overrides, string])[] = [
    ['iss', 'another iss', { iss: mallory.did }, 'malformed@1'],
    ['sub', 'another sub', { sub: mallory.did }, 'malformed@1'],
    ['iat', 'another iat', { iat: from + 1 }, 'malformed@1'],
    ['exp-later', 'an exp after the end of the credential', { exp: until + 1 }, 'malformed@1'],
    ['exp-text', 'an exp as a text', { exp: String(until) }, 'malformed@1'],
    ['exp-fraction', 'an exp with a fraction', { exp: until - 0.5 }, 'malformed@1'],
    ['exp-past', 'an exp that is past, in a credential that is not', { exp: NOW / 1000 - 31 }, 'expired@1'],
    [
      'nbf-future',
      'an nbf that is to come, in a credential that is valid',
      { nbf: NOW / 1000 + 31 },
      'not_yet_valid@1',
    ],
    ['aud', 'an aud', { aud: 'https://mail.example/' }, 'malformed@1'],
    ['jti', 'a jti', { jti: 'x' }, 'malformed@1'],
  ]
  for (const [name, title, changes, expected] of wrong) {
    theme.refuse(name, 'claims', title, refusal(expected), await withClaims(changes))
  }
}
