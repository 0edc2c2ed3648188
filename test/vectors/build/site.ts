import { Bitstring } from '@digitalbazaar/bitstring'
import type { JsonObject } from '../../../src/core/json.ts'
import type { StatusPurpose } from '../../../src/model/status-list-entry.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { bitsDigest, createBits, writeBit } from '../../../src/status/bitstring.ts'
import { HEAD_TYP, headDigest } from '../../../src/status/head.ts'
import { leafTableUrl, listVersionUrl } from '../../../src/status/layout.ts'
import { encodeLeafTable, type Leaf, leafTableRoot } from '../../../src/status/leaf-table.ts'
import { BASE, NOW, type Overrides, over, type Person } from './scene.ts'

/*
 * Status as a status issuer publishes it. Lists are compressed by an implementation in plain JavaScript, because
 * what zlib makes depends on its version and the machine.
 */

/** Indexes with a meaning in every theme. */
export const REVOKED = 90
export const SUSPENDED = 91
export const BOTH = 92

export interface ListOptions {
  readonly url?: string
  readonly purpose?: StatusPurpose
  readonly set?: readonly number[]
  /** Milliseconds since 1970. */
  readonly version?: number
  readonly validUntil?: number
  readonly by?: Person
  /** Over the payload, and over the subject. */
  readonly top?: Overrides
  readonly subject?: Overrides
}

export interface SignedList {
  readonly url: string
  readonly version: number
  readonly leaf: Leaf
  readonly token: string
}

/** Signs one version of a list. */
export async function signList(issuer: Person, options: ListOptions = {}): Promise<SignedList> {
  const { url = `${BASE}/r1`, purpose = 'revocation', set = [], version = NOW, by = issuer } = options
  const bits = createBits()
  for (const index of set) writeBit(bits, index, true)
  const subject: JsonObject = {
    id: `${url}#list`,
    type: 'BitstringStatusList',
    statusPurpose: purpose,
    encodedList: await encodeList(bits),
    ttl: 60_000,
  }
  const payload: JsonObject = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    id: url,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: issuer.did,
    validFrom: new Date(version).toISOString(),
    validUntil: new Date(options.validUntil ?? version + 6 * 3_600_000).toISOString(),
    credentialSubject: over(subject, options.subject ?? {}),
  }
  const leaf: Leaf = { list: url, version, digest: bitsDigest(bits), state: 'live' }
  const token = await signCompactJws({
    typ: 'vc+jwt',
    payload: over(payload, options.top ?? {}),
    signer: by.signer,
  })
  return { url, version, leaf, token }
}

export async function encodeList(bits: Uint8Array): Promise<string> {
  return `u${await new Bitstring({ buffer: new Uint8Array(bits) }).encodeBits()}`
}

export interface Publication {
  readonly documents: Record<string, string>
  /** `prev` of the next head. */
  readonly digest: string
}

export interface PublishOptions {
  readonly lists?: readonly SignedList[]
  readonly at?: number
  readonly seq?: number
  readonly prev?: string | null
  readonly by?: Person
  /** Over the claims of the head. */
  readonly head?: Overrides
}

/** Everything that is published at one commit: lists, leaf table and head, by URL. */
export async function publish(issuer: Person, options: PublishOptions = {}): Promise<Publication> {
  const { lists = await pair(issuer), at = NOW, seq = 1, prev = null, by = issuer } = options
  const leaves = lists.map(({ leaf }) => leaf)
  const root = leafTableRoot(leaves)
  const claims = {
    iss: issuer.did,
    seq,
    iatMs: at,
    prev,
    root,
    emergency: null,
    heartbeat: 10,
  }
  const payload = over(claims, options.head ?? {})
  const head = await signCompactJws({ typ: HEAD_TYP, payload, signer: by.signer })
  const [, signed = ''] = head.split('.')
  return {
    documents: {
      [`${BASE}/head`]: head,
      [leafTableUrl(BASE, root)]: encodeLeafTable(leaves),
      ...Object.fromEntries(lists.map(({ url, version, token }) => [listVersionUrl(url, version), token])),
    },
    digest: headDigest(Buffer.from(signed, 'base64url')),
  }
}

/** The pair of lists that every theme has, with the bits of {@link REVOKED} and its like and a few others set. */
export async function pair(
  issuer: Person,
  changes: {
    readonly revoked?: readonly number[]
    readonly suspended?: readonly number[]
    readonly version?: number
  } = {},
): Promise<readonly [SignedList, SignedList]> {
  const { revoked = [REVOKED, BOTH, 9113], suspended = [SUSPENDED, BOTH, 70_022], version = NOW } = changes
  const revocations = await signList(issuer, { set: revoked, version })
  const suspensions = await signList(issuer, {
    url: `${BASE}/s1`,
    purpose: 'suspension',
    set: suspended,
    version,
  })
  return [revocations, suspensions]
}
