import { sha256 } from '#crypto'
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../core/bytes.ts'
import { isJsonArray, isJsonObject, type Json, parseStrictJson } from '../../core/json.ts'
import { MAX_UPLOAD_BYTES } from '../../model/chain-upload.ts'
import { MAX_CHAIN_LINKS, MAX_CREDENTIAL_BYTES } from '../../model/credential.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { formatByteSequence } from './structured-fields.ts'

/**
 * What stands for a chain in a request: SHA-256 over its texts, root first, each as UTF-8 after its length in bytes
 * (32 bits, big-endian), so that no two chains are one (docs/spec/06-presenting.md §1.1).
 *
 * @returns As a Byte Sequence, `:…:`.
 */
export function digestChain(texts: readonly string[]): string {
  const parts = texts.flatMap((text) => {
    const bytes = encodeUtf8(text)
    const length = new Uint8Array(4)
    new DataView(length.buffer).setUint32(0, bytes.length)
    return [length, bytes]
  })
  return formatByteSequence(sha256(concatBytes(...parts)))
}

/** A chain that is sent in advance. */
export interface ChainUpload {
  /** Root first. */
  readonly texts: readonly string[]
  /** Status of the chain, if it is sent along; nothing of it was read. */
  readonly staple?: Json
}

/** The body that sends a chain in advance. @param texts Root first. */
export function formatUpload(texts: readonly string[], staple?: Json): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeUtf8(JSON.stringify({ chain: texts, staple })))
}

/**
 * Reads such a body: strict JSON with `chain`, a list of texts, and at most `staple` beside it.
 *
 * @returns The chain and the staple; `limit_exceeded` beyond {@link MAX_UPLOAD_BYTES}, {@link MAX_CHAIN_LINKS} texts or {@link MAX_CREDENTIAL_BYTES} for one; else
 *   `malformed`.
 */
export function parseUpload(body: Uint8Array): Verdict<ChainUpload> {
  if (body.length > MAX_UPLOAD_BYTES) return refuse('limit_exceeded', { dimension: 'body' })
  const text = decodeUtf8(body)
  const json = text === undefined ? undefined : parseStrictJson(text)
  if (!isJsonObject(json) || !isJsonArray(json.chain)) return refuse('malformed', { dimension: 'body' })
  const { chain, staple, ...others } = json
  if (Object.keys(others).length > 0) return refuse('malformed', { dimension: 'body' })
  const texts = json.chain.filter((item) => typeof item === 'string')
  if (texts.length === 0 || texts.length !== json.chain.length)
    return refuse('malformed', { dimension: 'body' })
  const fits = texts.length <= MAX_CHAIN_LINKS && texts.every(({ length }) => length <= MAX_CREDENTIAL_BYTES)
  if (!fits) return refuse('limit_exceeded', { dimension: 'body' })
  return accept(staple === undefined ? { texts } : { texts, staple })
}
