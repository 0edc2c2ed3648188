import { describe, expect, it, vi } from 'vitest'
import { concatBytes } from '../../src/core/bytes.ts'
import { encodeMultibaseBase58 } from '../../src/core/multibase.ts'
import { compressP256Point } from '../../src/core/p256-point.ts'
import { findVerificationMethod, singleKeyDocument } from '../../src/did/did-document.ts'
import { encodeDidJwk } from '../../src/did/did-jwk.ts'
import { encodeDidKey } from '../../src/did/did-key.ts'
import type { DidMethod } from '../../src/did/did-method.ts'
import { thumbprintOf } from '../../src/did/jwk.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { type Did, MAX_DID_CHARS } from '../../src/model/did.ts'
import { accept, refuse, type Verdict } from '../../src/refusal.ts'
import { reachable } from '../helpers/imports.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { readJsonVectors } from '../helpers/vectors.ts'
import { ED25519, P256 } from './keys.ts'

const didKey = encodeDidKey(ED25519)
const P384 = 'did:key:z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54'

/** The document of a DID whose only key is `ED25519`. */
const documentOf = (did: Did) =>
  singleKeyDocument({ id: `${did}#1`, controller: did, key: ED25519, thumbprint: thumbprintOf(ED25519) })
const answersAll: DidMethod = (did) => accept(documentOf(did))

describe('createDidResolver', () => {
  it.each([encodeDidKey(ED25519), encodeDidKey(P256), encodeDidJwk(ED25519), encodeDidJwk(P256)])(
    'resolves %s without a promise',
    (did) => {
      const verdict = createDidResolver().resolve(did)

      expect(verdict).not.toBeInstanceOf(Promise)
      expect(acceptedValue(verdict as Verdict<{ id: string }>).id).toBe(did)
    },
  )

  it('resolves a known DID by looking it up', () => {
    const resolver = createDidResolver()

    expect(resolver.resolve(didKey)).toBe(resolver.resolve(didKey))
  })

  it('forgets the DID that was asked for least recently', () => {
    const resolver = createDidResolver({ maxCachedDocuments: 1 })
    const first = resolver.resolve(didKey)
    void resolver.resolve(encodeDidKey(P256))

    expect(resolver.resolve(didKey)).not.toBe(first)
    expect(resolver.resolve(didKey)).toEqual(first)
  })

  it('answers for the DID alone, not for the long text that it was cut from', () => {
    const long = `"${didKey}"${'x'.repeat(1000)}`
    const verdict = createDidResolver().resolve(long.slice(1, 1 + didKey.length))

    expect(outcomeOf(verdict as Verdict<unknown>)).toBe('accepted')
  })

  it.each([
    '',
    'did:key',
    'did:key:',
    'not a DID',
    `${didKey}#x`,
    `${didKey}?x`,
    'DID:key:z6Mk',
    `did:key:${'z'.repeat(MAX_DID_CHARS)}`,
    'did:\ud800:x',
  ])('refuses %j as malformed', async (did) => {
    expect(outcomeOf(await createDidResolver().resolve(did))).toBe('malformed did')
  })

  it.each([
    'did:constructor:x',
    'did:hasownproperty:x',
    'did:tostring:x',
    'did:web:id.example',
    'did:prototype:x',
  ])('does not support %s, and does not throw [DR-16]', async (did) => {
    expect(outcomeOf(await createDidResolver().resolve(did))).toBe('unsupported did')
  })

  it('calls did:__proto__:x malformed, because a method name has no underscore [DR-16]', async () => {
    expect(outcomeOf(await createDidResolver().resolve('did:__proto__:x'))).toBe('malformed did')
  })

  it('asks a configured method', async () => {
    const resolver = createDidResolver({ methods: { web: answersAll } })

    expect(outcomeOf(await resolver.resolve('did:web:id.example'))).toBe('accepted')
    expect(outcomeOf(await resolver.resolve('did:webvh:id.example'))).toBe('unsupported did')
  })

  it('asks a configured method again each time, because only the method knows how long its answer is true', () => {
    const web = vi.fn(answersAll)
    const resolver = createDidResolver({ methods: { web } })
    void resolver.resolve('did:web:id.example')
    void resolver.resolve('did:web:id.example')

    expect(web).toHaveBeenCalledTimes(2)
  })

  it('lets nobody replace did:key', () => {
    const key = vi.fn(answersAll)
    const resolver = createDidResolver({ methods: { key } })
    void resolver.resolve(didKey)

    expect(key).not.toHaveBeenCalled()
  })

  it.each<[string, DidMethod]>([
    [
      'throws',
      () => {
        throw new TypeError('boom')
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('boom'))],
    ['answers for another DID', () => accept(documentOf('did:web:evil.example'))],
    ['answers late for another DID', async () => accept(documentOf('did:web:evil.example'))],
    ['fails', () => refuse('did_unresolvable', { dimension: 'did' })],
  ])('refuses when the method %s', async (_name, web) => {
    expect(outcomeOf(await createDidResolver({ methods: { web } }).resolve('did:web:id.example'))).toBe(
      'did_unresolvable did',
    )
  })

  it('does not keep a failure', async () => {
    const web = vi.fn<DidMethod>(answersAll).mockReturnValueOnce(refuse('did_unresolvable'))
    const resolver = createDidResolver({ methods: { web } })

    expect(outcomeOf(await resolver.resolve('did:web:id.example'))).toBe('did_unresolvable')
    expect(outcomeOf(await resolver.resolve('did:web:id.example'))).toBe('accepted')
  })
})

describe('did:key of a type that is only named', () => {
  it('resolves to a document that names a method which cannot be used', async () => {
    const document = acceptedValue(await createDidResolver().resolve(P384))
    const kid = `${P384}#${P384.slice('did:key:'.length)}`

    expect(document.verificationMethods).toEqual([])
    expect(outcomeOf(findVerificationMethod(document, kid, 'assertionMethod'))).toBe(
      'unsupported verificationMethod',
    )
  })

  it('resolves the secp256k1 and P-384 vectors of credo-ts, and not that of X25519', async (ctx) => {
    const outcomes: string[] = []
    for (const name of ['K256', 'P384', 'X25519']) {
      const { id } = readJsonVectors<{ id: string }>(ctx, `did-key/credo-didKey${name}.json`)
      outcomes.push(`${name} ${outcomeOf(await createDidResolver().resolve(id))}`)
    }

    expect(outcomes).toEqual(['K256 accepted', 'P384 accepted', 'X25519 unsupported multikey'])
  })

  it.each([
    ['X25519', [0xec, 0x01], ED25519.raw],
    ['a code that nobody knows', [0x99, 0x99, 0x01], ED25519.raw],
    ['a code without an end', [0xff, 0xff, 0xff], new Uint8Array()],
    ['a P-384 key of no point', [0x81, 0x24], new Uint8Array(49).with(0, 2).with(48, 1)],
  ])('does not support %s', async (_name, prefix, raw) => {
    const did = `did:key:${encodeMultibaseBase58(concatBytes(Uint8Array.from(prefix), raw))}`

    expect(outcomeOf(await createDidResolver().resolve(did))).toBe('unsupported multikey')
  })

  it('refuses a second spelling of a P-256 key, which would give one key two names', async () => {
    const point = compressP256Point(P256.raw)
    const did = `did:key:${encodeMultibaseBase58(concatBytes(Uint8Array.of(0x80, 0xa4, 0x00), point))}`

    expect(outcomeOf(await createDidResolver().resolve(did))).toBe('malformed multikey')
  })
})

describe('the import graph of the resolver', () => {
  it('has did-resolver and key-did-resolver behind a lazy import only', () => {
    const entry = 'src/did/resolve-did.ts'
    const packages = (lazily: boolean) =>
      [...reachable(entry, lazily)].filter((module) => module.endsWith('did-resolver'))

    expect(packages(false)).toEqual([])
    expect(packages(true).sort()).toEqual(['did-resolver', 'key-did-resolver'])
  })
})
