import { describe, expect, it, type TestContext } from 'vitest'
import { isMap, isScalar, isSeq, type ParsedNode, parseDocument } from 'yaml'
import { sha256Base64url } from '#crypto'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { Signer } from '../../src/model/signer.ts'
import { type DisclosureFrame, signSdJwt } from '../../src/securing/sd-jwt/sign.ts'
import { presentSdJwt } from '../../src/securing/sd-jwt/sign-key-binding.ts'
import { verifySdJwt } from '../../src/securing/sd-jwt/verify.ts'
import { signBytes } from '../../src/securing/sign-bytes.ts'
import { createLocalSigner, type PrivateJwk } from '../../src/securing/vc-jose/local-signer.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { acceptedValue, mallory, outcomeOf } from '../helpers/signers.ts'
import { listVectors, readVectors } from '../helpers/vectors.ts'
import { issueWithLibrary, readWithLibrary } from '../securing/sd-jwt/oracle.ts'
import { countingRandom, disclosureOf } from '../securing/sd-jwt/samples.ts'
import { SOURCES } from './sources.ts'

const CASES = SOURCES.ietfSdJwt.cases
const FOLDER = 'ietf-sd-jwt/examples'
const TYP = 'example+sd-jwt'

/** A claim set in which `!sd` marks what can be hidden. */
interface Marked {
  readonly value: Json
  readonly frame: JsonObject
}

interface Example {
  readonly name: string
  readonly claims: JsonObject
  readonly frame: JsonObject
  /** What the holder of the example discloses: `true`, or something that leads to it. */
  readonly disclosed: Json
  readonly isBound: boolean
  readonly hasDecoys: boolean
}

interface Settings {
  readonly identifiers: { readonly issuer: string; readonly verifier: string }
  readonly key_settings: { readonly issuer_keys: readonly PrivateJwk[]; readonly holder_key: PrivateJwk }
  readonly key_binding_nonce: string
  readonly iat: number
  readonly exp: number
}

function read(node: ParsedNode | null): Marked {
  if (isMap(node)) {
    const parts = node.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : ''
      return { name, isHidden: key.tag === '!sd', ...read(value) }
    })
    return framed(parts, Object.fromEntries(parts.map(({ name, value }) => [name, value])))
  }
  if (isSeq(node)) {
    const parts = node.items.map((item, i) => ({ name: i, isHidden: item.tag === '!sd', ...read(item) }))
    return framed(
      parts,
      parts.map(({ value }) => value),
    )
  }
  return { value: (node?.toJSON() ?? null) as Json, frame: {} }
}

function framed(
  parts: readonly (Marked & { readonly name: string | number; readonly isHidden: boolean })[],
  value: Json,
): Marked {
  const hidden = parts.filter(({ isHidden }) => isHidden).map(({ name }) => name)
  const inner = parts.filter(({ frame }) => Object.keys(frame).length > 0)
  return {
    value,
    frame: {
      ...(hidden.length > 0 && { _sd: hidden }),
      ...Object.fromEntries(inner.map(({ name, frame }) => [name, frame])),
    },
  }
}

function readSettings(ctx: TestContext): Settings {
  return parseDocument(readVectors(ctx, `${FOLDER}/settings.yml`)).toJS() as Settings
}

/** The examples, with the claims that their settings add to each. */
function examples(ctx: TestContext): Example[] {
  const { identifiers, key_settings, iat, exp } = readSettings(ctx)
  const { d: _, ...jwk } = key_settings.holder_key
  const common = { iss: identifiers.issuer, iat, exp, cnf: { jwk } }
  const names = listVectors(ctx, FOLDER).filter((name) => !name.endsWith('.yml'))
  return names.map((name) => {
    const document = parseDocument(readVectors(ctx, `${FOLDER}/${name}/specification.yml`), {
      logLevel: 'silent',
    })
    const { value, frame } = read(document.get('user_claims', true) as ParsedNode)
    return {
      name,
      claims: { ...(value as JsonObject), ...common },
      frame,
      disclosed: document.toJS().holder_disclosed_claims,
      isBound: document.get('key_binding') === true,
      hasDecoys: document.get('add_decoy_claims') === true,
    }
  })
}

/** The claims that remain when the holder discloses what an example says; an element counts by its position. */
function remaining(claims: Json, frame: JsonObject, disclosed: Json): Json {
  const hidden = (Array.isArray(frame._sd) ? frame._sd : []) as (string | number)[]
  const keep = ([name]: readonly [string | number, Json]) =>
    !hidden.includes(name) || isDisclosed(disclosed, name)
  const inner = ([name, value]: readonly [string | number, Json]) =>
    remaining(value, (frame[name] ?? {}) as JsonObject, childOf(disclosed, name))
  if (Array.isArray(claims)) return [...claims.entries()].filter(keep).map(inner)
  if (typeof claims !== 'object' || claims === null) return claims
  return Object.fromEntries(
    Object.entries(claims)
      .filter(keep)
      .map(([name, value]) => [name, inner([name, value])]),
  )
}

function childOf(disclosed: Json, name: string | number): Json {
  return typeof disclosed === 'object' && disclosed !== null
    ? ((disclosed as JsonObject)[name] ?? null)
    : null
}

/** An example names what it discloses by `true`, by `null` in one of them, or by what lies within. */
function isDisclosed(disclosed: Json, name: string | number): boolean {
  const isNamed = typeof disclosed === 'object' && disclosed !== null && Object.hasOwn(disclosed, name)
  return isNamed && (disclosed as JsonObject)[name] !== false
}

/** Paths of what is hidden in an issued SD-JWT, each with its disclosure; found anew, not with the code under test. */
function disclosuresOf(issued: string): Map<string, string> {
  const [jws = '', ...texts] = issued.split('~').slice(0, -1)
  const byDigest = new Map(texts.map((text) => [sha256Base64url(text), text]))
  const found = new Map<string, string>()
  const take = (digest: Json | undefined, path: readonly (string | number)[]): void => {
    const text = byDigest.get(String(digest))
    if (text === undefined) return
    const items = decode(text) as Json[]
    const place = items.length === 3 ? [...path, String(items[1])] : path
    found.set(JSON.stringify(place), text)
    walk(items.at(-1) ?? null, place)
  }
  const walk = (json: Json, path: readonly (string | number)[]): void => {
    if (typeof json !== 'object' || json === null) return
    for (const [name, value] of Object.entries(json)) {
      const place = [...path, Array.isArray(json) ? Number(name) : name]
      if (name === '_sd') for (const digest of value as Json[]) take(digest, path)
      else if (name === '...') take(value, path)
      else walk(value, place)
    }
  }
  walk(decode(jws.split('.')[1] ?? ''), [])
  return found
}

function decode(text: string): Json {
  return JSON.parse(Buffer.from(text, 'base64url').toString())
}

/** Whether the holder discloses what lies at a path, given that all above it is there. */
function isPathDisclosed(path: readonly (string | number)[], disclosed: Json): boolean {
  const [name, ...rest] = path
  if (name === undefined) return true
  return rest.length === 0 ? isDisclosed(disclosed, name) : isPathDisclosed(rest, childOf(disclosed, name))
}

interface Played {
  readonly token: string
  /** The payload that the verifier must get. */
  readonly expected: Json
  readonly verify: (text: string) => Promise<string>
  readonly verifiedPayload: () => Promise<JsonObject>
  /** The same as presented by whom the SD-JWT is not bound to. */
  readonly stolen?: string
  /** The same text under a signature by somebody else, who claims to be the issuer. */
  readonly forged: string
}

/** Issues an example, and presents it as its holder does. */
async function play(ctx: TestContext, example: Example): Promise<Played> {
  const { key_settings, identifiers, key_binding_nonce: nonce, iat } = readSettings(ctx)
  const [issuer, holder] = await Promise.all(
    [key_settings.issuer_keys[0], key_settings.holder_key].map((key) => createLocalSigner(key as PrivateJwk)),
  )
  if (issuer === undefined || holder === undefined) throw new Error('the settings have two keys')
  const request = { nonce, audience: identifiers.verifier }
  const now = iat * 1000
  const issued = await issue(example, issuer)
  const [jws = ''] = issued.split('~')
  const kept = [...disclosuresOf(issued)].filter(([path]) =>
    isPathDisclosed(JSON.parse(path), example.disclosed),
  )
  const shown = [jws, ...kept.map(([, text]) => text), ''].join('~')
  const present = (signer: Signer) => presentSdJwt({ token: shown, typ: TYP, request, signer, now })
  const token = example.isBound ? await present(holder) : shown
  const options = {
    typ: TYP,
    issuer: { key: issuer.publicKey },
    now,
    ...(example.isBound && { keyBinding: request }),
  }
  return {
    token,
    expected: remaining(example.claims, example.frame, example.disclosed),
    verify: async (text) => outcomeOf(await verifySdJwt(text, options)),
    verifiedPayload: async () => acceptedValue(await verifySdJwt(token, options)).payload,
    forged: token.replace(jws, await resigned(jws, (claims) => claims, mallory)),
    ...(example.isBound && {
      stolen: shown + (await signBinding(token, mallory)),
    }),
  }
}

function issue({ claims, frame, hasDecoys }: Example, signer: Signer): Promise<string> {
  if (!hasDecoys) {
    const given = frame as DisclosureFrame
    return signSdJwt({ typ: TYP, payload: claims, frame: given, signer, random: countingRandom() })
  }
  const header = { kid: signer.keyId, typ: TYP }
  return issueWithLibrary({ payload: claims, frame: { ...frame, _sd_decoy: 3 }, header }, signer)
}

/** A JWS with the same header over changed claims. */
async function resigned(
  jws: string,
  change: (claims: JsonObject) => JsonObject,
  signer: Signer,
): Promise<string> {
  const [header = '', payload = ''] = jws.split('.')
  const claims = Buffer.from(JSON.stringify(change(decode(payload) as JsonObject))).toString('base64url')
  const input = `${header}.${claims}`
  return `${input}.${Buffer.from(await signBytes(signer, Buffer.from(input))).toString('base64url')}`
}

/** The claims of a presentation's key binding, signed by somebody else. */
async function signBinding(token: string, signer: Signer): Promise<string> {
  const claims = decode(token.slice(token.lastIndexOf('~') + 1).split('.')[1] ?? '') as JsonObject
  return signCompactJws({ typ: 'kb+jwt', payload: claims, signer })
}

const STRAY = disclosureOf(['c2FsdA', 'admin', true])

/** What anybody can do to a presentation; `undefined` where there is nothing to do it to. */
const TAMPERINGS: Readonly<Record<string, (played: Played) => string | undefined>> = {
  'a claim changed': ({ token }) => {
    const [header, payload = '', rest] = token.split('.', 3)
    const claims = { ...(decode(payload) as JsonObject), iss: 'https://evil.example' }
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url')
    return token.replace(`${header}.${payload}.${rest}`, `${header}.${changed}.${rest}`)
  },
  'another issuer': ({ forged }) => forged,
  'a disclosure added': ({ token }) => spliced(token, (texts) => [...texts, STRAY]),
  'a disclosure changed': ({ token }) => {
    return spliced(token, ([first = '', ...rest]) => [
      disclosureOf([...(decode(first) as Json[]).slice(0, -1), 'changed']),
      ...rest,
    ])
  },
  'a disclosure twice': ({ token }) => spliced(token, ([first = '', ...rest]) => [first, first, ...rest]),
  'a disclosure padded': ({ token }) => spliced(token, ([first, ...rest]) => [`${first}=`, ...rest]),
  'a disclosure taken from a binding': (played) =>
    played.stolen === undefined ? undefined : spliced(played.token, (texts) => texts.slice(0, -1)),
  'the binding cut off': ({ token, stolen }) =>
    stolen === undefined ? undefined : token.slice(0, token.lastIndexOf('~') + 1),
  'a binding by somebody else': ({ stolen }) => stolen,
  'the last tilde cut off': ({ token, stolen }) => (stolen === undefined ? token.slice(0, -1) : undefined),
}

/** The text with other disclosures; `undefined` where it has none to change. */
function spliced(token: string, change: (texts: string[]) => string[]): string | undefined {
  const [jws = '', ...rest] = token.split('~')
  const end = rest.pop() ?? ''
  return rest.length === 0 ? undefined : [jws, ...change(rest), end].join('~')
}

describe('the examples of RFC 9901', () => {
  it('are issued, presented and verified with the payload that they disclose', async (ctx) => {
    const all = examples(ctx)
    let bound = 0
    for (const example of all) {
      const { token, expected, verify, verifiedPayload } = await play(ctx, example)
      expect(await verify(token), example.name).toBe('accepted')
      expect(await verifiedPayload(), example.name).toEqual(expected)
      expect(await readWithLibrary(token), example.name).toEqual(expected)
      if (example.isBound) bound++
    }
    expect([all.length, bound]).toEqual([CASES.examples, CASES.keyBindings])
  })

  it('are refused after each tampering that they allow', async (ctx) => {
    let refused = 0
    for (const example of examples(ctx)) {
      const played = await play(ctx, example)
      expect(await played.verify(played.token)).toBe('accepted')
      for (const [name, tamper] of Object.entries(TAMPERINGS)) {
        const tampered = tamper(played)
        if (tampered === undefined) continue
        expect(tampered, `${example.name}: ${name}`).not.toBe(played.token)
        expect(await played.verify(tampered), `${example.name}: ${name}`).not.toBe('accepted')
        refused++
      }
    }
    expect(refused).toBe(CASES.tamperings)
  })
})
