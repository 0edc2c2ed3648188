import { decodeBase64url } from '../core/base64url.ts'
import { equalBytes } from '../core/bytes.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { decodeMultibaseBase58 } from '../core/multibase.ts'
import { KNOWN_RESOURCES } from './known-resources.ts'
import { isUrl, oneOrMore } from './rules.ts'

/** Integrity metadata (W3C Subresource Integrity §3.5): one or more hashes with their algorithm. */
const SRI =
  /^sha(?:256|384|512)-[A-Za-z0-9+/]{1,128}={0,2}(?:\s+sha(?:256|384|512)-[A-Za-z0-9+/]{1,128}={0,2})*$/

/** Bytes of SHA-256, SHA-384 and SHA-512, and their codes in a multihash. */
const HASHES = [
  { name: 'sha256', bytes: 32, code: 0x12 },
  { name: 'sha384', bytes: 48, code: 0x20 },
  { name: 'sha512', bytes: 64, code: 0x13 },
] as const

/**
 * The value of `relatedResource` (VCDM 2.0 §5.3): objects with an `id` that no other has, and a digest. A digest of a
 * resource whose published bytes are known must be one of those; other resources are not fetched.
 */
export function isRelatedResource(value: Json): boolean {
  if (!oneOrMore(isResource)(value)) return false
  const ids = (isJsonArray(value) ? value : [value]).map((item) => isJsonObject(item) && member(item, 'id'))
  return new Set(ids).size === ids.length
}

function isResource(resource: JsonObject): boolean {
  const { id, mediaType = '', digestSRI, digestMultibase } = resource
  if (!isUrl(id) || typeof mediaType !== 'string') return false
  if (digestSRI === undefined && digestMultibase === undefined) return false
  return isSri(id, digestSRI) && isMultibase(id, digestMultibase)
}

function isSri(id: string, value: Json | undefined): boolean {
  if (value === undefined) return true
  if (typeof value !== 'string' || !SRI.test(value)) return false
  const known = KNOWN_RESOURCES.get(id)?.flatMap(({ sha256, sha384 }) => [
    `sha256-${sha256}`,
    `sha384-${sha384}`,
  ])
  return known === undefined || value.split(/\s+/).some((hash) => known.includes(hash))
}

function isMultibase(id: string, value: Json | undefined): boolean {
  if (value === undefined) return true
  const digest = typeof value === 'string' ? readDigest(value) : undefined
  if (digest === undefined) return false
  const known = KNOWN_RESOURCES.get(id)
  return known === undefined || known.some((digests) => matches(digest, digests))
}

interface Digest {
  readonly name: (typeof HASHES)[number]['name']
  readonly bytes: Uint8Array
}

function matches(
  { name, bytes }: Digest,
  digests: { readonly sha256: string; readonly sha384: string },
): boolean {
  const known = name === 'sha512' ? undefined : digests[name]
  const wanted = known === undefined ? undefined : decodeBase64url(toBase64url(known))
  return wanted !== undefined && equalBytes(bytes, wanted)
}

function toBase64url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/**
 * A multibase digest in base58btc or base64url, of a multihash (Controlled Identifiers §2.5) or, as some write it, of the
 * bare hash; the two have different lengths.
 */
function readDigest(text: string): Digest | undefined {
  const bytes = text.startsWith('u') ? decodeBase64url(text.slice(1)) : decodeMultibaseBase58(text)
  if (bytes === undefined) return undefined
  const bare = HASHES.find((hash) => hash.bytes === bytes.length)
  if (bare !== undefined) return { name: bare.name, bytes }
  const hash = HASHES.find(({ code }) => code === bytes[0])
  const isWhole = hash !== undefined && bytes[1] === hash.bytes && bytes.length === hash.bytes + 2
  return isWhole ? { name: hash.name, bytes: bytes.subarray(2) } : undefined
}
