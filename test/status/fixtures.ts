import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { encodeUtf8 } from '../../src/core/bytes.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { DidDocument } from '../../src/did/did-document.ts'
import { didKeyMethodId, encodeDidKey } from '../../src/did/did-key.ts'
import { thumbprintOf } from '../../src/did/jwk.ts'
import { createDidResolver, type DidResolver } from '../../src/did/resolve-did.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { accept, type Verdict } from '../../src/refusal.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { createBits, writeBit } from '../../src/status/bitstring.ts'
import { type Head, openHead } from '../../src/status/head.ts'
import { type Leaf, leafTableRoot } from '../../src/status/leaf-table.ts'
import { openStatusList, type StatusList } from '../../src/status/open-status-list.ts'
import { type NewHead, signHead as signHeadWith } from '../../src/status/sign-head.ts'
import type { SignJws } from '../../src/status/sign-jws.ts'
import {
  type NewStatusList,
  signStatusList as signStatusListWith,
} from '../../src/status/sign-status-list.ts'

/** 2026-11-22T09:00:00.000Z. */
export const NOW = Date.UTC(2026, 10, 22, 9)

export const BASE = 'https://id.example/status/acme'
export const R7 = `${BASE}/r7`
export const S7 = `${BASE}/s7`

/** DER of a PKCS #8 Ed25519 key up to the seed (RFC 8410 §7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** An Ed25519 signer whose key is 32 times one byte: the same key, and the same signatures, in every run. */
function ed25519Signer(seed: number): Signer & { readonly did: Did } {
  const der = Buffer.concat([PKCS8_ED25519, Buffer.alloc(32, seed)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const publicKey = { type: 'Ed25519', raw: new Uint8Array(spki.subarray(-32)) } as const
  const did = encodeDidKey(publicKey)
  return {
    algorithm: 'EdDSA',
    keyId: didKeyMethodId(did),
    publicKey,
    did,
    sign: async (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
  }
}

/** The status issuer of the tests, and somebody else. */
export const issuer = ed25519Signer(1)
export const mallory = ed25519Signer(2)

export const resolver: DidResolver = createDidResolver()

/** `did:web:id.example:status` with the keys of these signers, all under `assertionMethod` unless told. */
export const WEB_ISSUER: Did = 'did:web:id.example:status'

export function webSigner(signer: Signer, fragment: string): Signer {
  return { ...signer, keyId: `${WEB_ISSUER}#${fragment}` }
}

export function webDocument(signers: readonly Signer[], asserting = signers): DidDocument {
  return {
    id: WEB_ISSUER,
    verificationMethods: signers.map(({ keyId, publicKey }) => ({
      id: keyId,
      controller: WEB_ISSUER,
      key: publicKey,
      thumbprint: thumbprintOf(publicKey),
    })),
    authentication: signers.map(({ keyId }) => keyId),
    assertionMethod: asserting.map(({ keyId }) => keyId),
    capabilityInvocation: [],
    capabilityDelegation: [],
    services: [],
  }
}

export function webResolver(document: DidDocument): DidResolver {
  return createDidResolver({ methods: { web: () => accept(document) } })
}

export function bitsWith(...indexes: readonly number[]): Uint8Array {
  const bits = createBits()
  for (const index of indexes) writeBit(bits, index, true)
  return bits
}

export function newList(changes: Partial<NewStatusList> = {}): NewStatusList {
  return {
    url: R7,
    statusIssuer: issuer.did,
    purpose: 'revocation',
    bits: bitsWith(3, 9113),
    validFrom: NOW - 1000,
    ...changes,
  }
}

export const openOptions = {
  url: R7,
  purpose: 'revocation',
  statusIssuer: issuer.did,
  resolver,
  now: NOW,
} as const

function signWith(signer: Signer): SignJws {
  return (jws) => signCompactJws({ ...jws, signer })
}

export function signStatusList(list: NewStatusList, signer: Signer): Promise<string> {
  return signStatusListWith(list, signWith(signer))
}

export function signHead(head: NewHead, signer: Signer): Promise<string> {
  return signHeadWith(head, signWith(signer))
}

/** Signs any payload as the status issuer would a list. */
export function signPayload(payload: JsonObject, signer: Signer = issuer, typ = 'vc+jwt'): Promise<string> {
  return signCompactJws({ typ, payload, signer })
}

/** Signs text that need not be strict JSON as the payload of a `vc+jwt`. */
export async function signText(payload: string): Promise<string> {
  const header = { alg: issuer.algorithm, kid: issuer.keyId, typ: 'vc+jwt' }
  const input = [JSON.stringify(header), payload].map((part) => encodeBase64url(encodeUtf8(part))).join('.')
  return `${input}.${encodeBase64url(await issuer.sign(encodeUtf8(input)))}`
}

/** A list that went through signing and opening. */
export async function openedList(
  changes: Partial<NewStatusList> = {},
  signer: Signer = issuer,
): Promise<StatusList> {
  const list = newList(changes)
  const { url, purpose, statusIssuer } = list
  const trust = statusIssuer === WEB_ISSUER ? webResolver(webDocument([signer])) : resolver
  const options = { url, purpose, statusIssuer, resolver: trust, now: Math.max(NOW, list.validFrom) }
  return unwrap(await openStatusList(await signStatusList(list, signer), options))
}

export const DIGEST = 'A'.repeat(43)

export function leafOf({ url, version, bitsDigest }: StatusList, changes: Partial<Leaf> = {}): Leaf {
  return { list: url, version, digest: bitsDigest, state: 'live', ...changes }
}

export function newHead(changes: Partial<NewHead> = {}): NewHead {
  return {
    statusIssuer: issuer.did,
    seq: 1,
    iatMs: NOW,
    prev: (changes.seq ?? 1) === 1 ? null : DIGEST,
    root: leafTableRoot([]),
    emergency: DIGEST,
    heartbeat: 10,
    ...changes,
  }
}

/** A head that went through signing and opening. */
export async function openedHead(changes: Partial<NewHead> = {}, signer: Signer = issuer): Promise<Head> {
  const head = newHead(changes)
  const trust = head.statusIssuer === WEB_ISSUER ? webResolver(webDocument([signer])) : resolver
  const now = Math.max(NOW, head.iatMs)
  return unwrap(
    await openHead(await signHead(head, signer), { statusIssuer: head.statusIssuer, resolver: trust, now }),
  )
}

export function unwrap<T>(verdict: Verdict<T>): T {
  if (verdict.verified) return verdict.value
  throw new Error(`refused: ${verdict.refusal.code} ${verdict.refusal.dimension ?? ''}`)
}

/** The code of a refusal, or `accepted`. */
export function codeOf(verdict: Verdict<unknown>): string {
  return verdict.verified ? 'accepted' : verdict.refusal.code
}

/** Code and dimension of a refusal, or `accepted`. */
export function reasonOf(verdict: Verdict<unknown>): string {
  return verdict.verified ? 'accepted' : `${verdict.refusal.code} ${verdict.refusal.dimension ?? ''}`.trim()
}
