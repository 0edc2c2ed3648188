import { misconfigured } from './known-options.ts'

/** Largest request body that an adapter reads to compare its digest, in bytes. */
const DEFAULT_MAX_BODY_BYTES: number = 1024 * 1024

/**
 * The option `maxBodyBytes`, when an adapter is set up: no part of a body is more than what is no number.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`.
 */
export function readMaxBodyBytes(given: number = DEFAULT_MAX_BODY_BYTES): number {
  if (Number.isSafeInteger(given) && given >= 0) return given
  return misconfigured('maxBodyBytes must be a whole number of bytes, such as 1_048_576')
}
