import { createPublicKey, ECDH } from 'node:crypto'
import { describe, expect, it, type TestContext } from 'vitest'
import { encodeBase58 } from '../../src/core/base58.ts'
import { decodeMultibaseBase58 } from '../../src/core/multibase.ts'
import { resolveDidToResult } from '../../src/did/resolve-did-to-result.ts'
import { readJsonVectors, readVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

interface VectorMethod {
  readonly publicKeyBase58?: string
  readonly publicKeyJwk?: {
    readonly kty: string
    readonly crv: string
    readonly x: string
    readonly y?: string
  }
}

interface VectorDocument {
  readonly id: string
  readonly verificationMethod?: readonly VectorMethod[]
  readonly keyAgreement?: readonly (string | VectorMethod)[]
  readonly [relationship: string]: unknown
}

const CREDO = ['Ed25519', 'K256', 'P256', 'P384', 'X25519']
const SIGNING = ['authentication', 'assertionMethod', 'capabilityInvocation', 'capabilityDelegation']

/** What the vectors call by older names, as one text: JWK members, or the raw key in base58. */
function expectedKey({ publicKeyBase58, publicKeyJwk }: VectorMethod): string {
  if (publicKeyJwk === undefined) return `raw ${publicKeyBase58}`
  if (publicKeyJwk.kty === 'OKP') return `raw ${encodeBase58(Buffer.from(publicKeyJwk.x, 'base64url'))}`
  return `${publicKeyJwk.crv} ${publicKeyJwk.x} ${publicKeyJwk.y}`
}

/** Curves by the first bytes of a Multikey, as OpenSSL names them; what is not here is its raw bytes. */
const CURVES: Readonly<Record<string, { crv: string; openssl: string }>> = {
  e701: { crv: 'secp256k1', openssl: 'secp256k1' },
  '8024': { crv: 'P-256', openssl: 'prime256v1' },
  '8124': { crv: 'P-384', openssl: 'secp384r1' },
}

/** The key that a served document has, its point expanded by Node. */
function servedKey(multikey: string): string {
  const bytes = decodeMultibaseBase58(multikey) ?? new Uint8Array()
  const raw = bytes.slice(2)
  const curve = CURVES[Buffer.from(bytes.slice(0, 2)).toString('hex')]
  if (curve === undefined) return `raw ${encodeBase58(raw)}`
  const point = Buffer.from(ECDH.convertKey(raw, curve.openssl, undefined, undefined, 'uncompressed'))
  const half = (point.length - 1) / 2
  const x = point.subarray(1, 1 + half)
  const y = point.subarray(1 + half)
  const jwk = {
    kty: 'EC',
    crv: curve.crv,
    x: x.toString('base64url'),
    y: y.toString('base64url'),
  }
  expect(createPublicKey({ key: jwk, format: 'jwk' }).type).toBe('public')
  return `${jwk.crv} ${jwk.x} ${jwk.y}`
}

async function served(did: string) {
  const { didDocument } = await resolveDidToResult(did)
  return didDocument as { verificationMethod: { publicKeyMultibase: string }[] } & Record<string, unknown>
}

function documentsOf(ctx: TestContext): readonly VectorDocument[] {
  const credo = CREDO.map((name) => readJsonVectors<VectorDocument>(ctx, `did-key/credo-didKey${name}.json`))
  const statics = readJsonVectors<Record<string, VectorDocument>>(
    ctx,
    'did-key/spruceid-did-key-statics.json',
  )
  return [...credo, ...Object.values(statics)]
}

describe('did:key and the documents of credo-ts and spruceid', () => {
  it('has the key material of every document', async (ctx) => {
    const documents = documentsOf(ctx)
    for (const document of documents) {
      const [method = (document.keyAgreement as VectorMethod[])[0]] = document.verificationMethod ?? []
      const [own] = (await served(document.id)).verificationMethod

      expect(servedKey(own?.publicKeyMultibase ?? ''), document.id).toBe(expectedKey(method ?? {}))
    }

    expect(documents).toHaveLength(SOURCES.didKey.cases.documents)
  })

  it('lists the key under every relationship for signatures that a document lists it under', async (ctx) => {
    let compared = 0
    for (const document of documentsOf(ctx)) {
      const own = await served(document.id)
      for (const name of SIGNING.filter((relationship) => relationship in document)) {
        expect(own[name], `${document.id} ${name}`).toEqual(document[name])
        compared += 1
      }
    }

    expect(compared).toBe(24)
  })
})

describe('did:key and the DIDs that its specification names', () => {
  it('resolves all of them', async (ctx) => {
    const dids = readVectors(ctx, 'did-key/w3c-ccg-did-key-spec-dids.txt').trim().split('\n')
    const outcomes = await Promise.all(
      dids.map(async (did) => {
        const { didResolutionMetadata } = await resolveDidToResult(did)
        return `${did.slice(8, 12)} ${didResolutionMetadata.error ?? 'resolved'}`
      }),
    )

    expect(outcomes).toHaveLength(SOURCES.didKey.cases.dids)
    expect(outcomes).toEqual([
      'z6Mk resolved',
      'z6Mk resolved',
      'z82L resolved',
      'zDna resolved',
      'zQ3s resolved',
      'zQ3s resolved',
      'zQ3s resolved',
      'zUC7 resolved',
    ])
  })
})
