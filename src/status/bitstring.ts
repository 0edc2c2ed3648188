import { sha256 } from '#crypto'
import { gunzip } from '#gzip'
import { decodeBase64url, encodeBase64url } from '../core/base64url.ts'
import { ProcuraError } from '../errors.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'

/** Entries of a list: the least that W3C Bitstring Status List §6.1 allows, for herd privacy; 16 KiB of bits. */
export const STATUS_LIST_ENTRIES = 131_072

/** Longest `encodedList`: what fits a JWS of 1 MiB, whose payload is base64url once more. */
export const MAX_ENCODED_LIST_CHARS: number = 768 * 1024

/** Most bytes that a list may inflate to (spec 10 "Defaults"): 33 million entries. Enforced while inflating. */
export const MAX_INFLATED_LIST_BYTES: number = 4 * 1024 * 1024

/** Multibase prefix of base64url without padding, the only one that the W3C recommendation allows. */
const MULTIBASE_BASE64URL = 'u'

/** A list of {@link STATUS_LIST_ENTRIES} entries with no bit set. */
export function createBits(): Uint8Array {
  return new Uint8Array(STATUS_LIST_ENTRIES / 8)
}

/**
 * Reads one entry. Index 0 is the left-most bit: entry `i` is bit `7 - (i % 8)` of byte `floor(i / 8)`
 * (docs/spec/05-status.md "Lists").
 *
 * O(1) and free of allocation, so it may run on each request.
 *
 * @param index Position in entries, not bytes.
 * @returns `undefined` when the index is no position of the list. Callers must refuse, never default to valid.
 */
export function readBit(bits: Uint8Array, index: number): boolean | undefined {
  if (!Number.isSafeInteger(index) || index < 0) return undefined
  const byte = bits[Math.floor(index / 8)]
  return byte === undefined ? undefined : (byte & (0x80 >> (index % 8))) !== 0
}

/**
 * Sets or clears one entry, in place.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when the index is no position of the list.
 */
export function writeBit(bits: Uint8Array, index: number, value: boolean): void {
  if (readBit(bits, index) === undefined) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'index must be a position within the list')
  }
  const at = Math.floor(index / 8)
  const mask = 0x80 >> (index % 8)
  const byte = bits[at] ?? 0
  bits[at] = value ? byte | mask : byte & ~mask
}

/** SHA-256 of the uncompressed bits as base64url: equal for every form in which a list is served. */
export function bitsDigest(bits: Uint8Array): string {
  return encodeBase64url(sha256(bits))
}

/**
 * Decodes an `encodedList`: multibase base64url in canonical form, gzip, at least {@link STATUS_LIST_ENTRIES}
 * entries. Both sides of the inflation are bounded before it happens, so a bomb costs no memory.
 *
 * @returns A copy with a buffer of its own, never a view into a pool; `status_invalid` for anything else.
 */
export async function decodeBitstring(encodedList: string): Promise<Verdict<Uint8Array>> {
  const invalid = refuse('status_invalid', { dimension: 'encodedList' })
  if (encodedList.length > MAX_ENCODED_LIST_CHARS) return invalid
  if (!encodedList.startsWith(MULTIBASE_BASE64URL)) return invalid
  const compressed = decodeBase64url(encodedList.slice(MULTIBASE_BASE64URL.length))
  if (compressed === undefined) return invalid
  const bits = await gunzip(compressed, MAX_INFLATED_LIST_BYTES)
  if (bits === undefined || bits.length * 8 < STATUS_LIST_ENTRIES) return invalid
  return accept(new Uint8Array(bits))
}
