import canonicalize from 'canonicalize'
import { ProcuraError } from '../errors.ts'
import { encodeUtf8 } from './bytes.ts'

/**
 * RFC 8785 canonical JSON as UTF-8 bytes.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` for what JSON cannot express (undefined, NaN, functions).
 */
export function encodeJcs(value: unknown): Uint8Array {
  const text = canonicalizeJson(value)
  if (text === undefined) throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the value has no JSON form')
  return encodeUtf8(text)
}

function canonicalizeJson(value: unknown): string | undefined {
  try {
    return canonicalize(value)
  } catch (cause) {
    throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the value has no JSON form', { cause })
  }
}
