import { gzip } from '#gzip'
import { encodeBase64url } from '../core/base64url.ts'
import { ProcuraError } from '../errors.ts'
import { MAX_INFLATED_LIST_BYTES, STATUS_LIST_ENTRIES } from './bitstring.ts'

/**
 * Encodes bits as an `encodedList`: gzip, then multibase base64url (W3C Bitstring Status List §3.3).
 *
 * The text depends on the compressor; what identifies a list is the digest of its bits.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for fewer than {@link STATUS_LIST_ENTRIES} entries, or
 *   for more bytes than a reader inflates.
 */
export async function encodeBitstring(bits: Uint8Array): Promise<string> {
  if (bits.length * 8 < STATUS_LIST_ENTRIES || bits.length > MAX_INFLATED_LIST_BYTES) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'a status list has 16 KiB to 4 MiB of bits')
  }
  return `u${encodeBase64url(await gzip(bits))}`
}
