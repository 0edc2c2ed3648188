import { decodeBase64 } from '../../core/base64.ts'
import { decodeBase64url } from '../../core/base64url.ts'
import { CLOCK_SKEW_MS } from '../../core/clock.ts'
import { type DidUrl, isDidUrl } from '../../model/did.ts'
import type { Signer } from '../../model/signer.ts'
import { accept, type Verdict } from '../../refusal.ts'
import { HTTP_ALGORITHMS, MAX_NONCE_BYTES, MAX_PROOF_SECONDS, MIN_NONCE_BYTES } from './profile.ts'
import { proofInvalid } from './proof-invalid.ts'
import { stringValue } from './structured-fields.ts'

/** The parameters of a request signature (RFC 9421 §2.3), read and timely. */
export interface ProofParameters {
  /** The key that claims to have signed. */
  readonly keyId: DidUrl
  /** 16 to 64 bytes, decoded: what a replay store compares. */
  readonly nonce: Uint8Array
  /** Milliseconds since 1970. */
  readonly createdAtMs: number
  /** Milliseconds since 1970. The proof is accepted until {@link CLOCK_SKEW_MS} later, inclusive. */
  readonly expiresAtMs: number
  /** From `alg`, when it is there; it then has to be that of the key. */
  readonly algorithm?: Signer['algorithm']
}

const NAMES: ReadonlySet<string> = new Set(['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'])
const SECONDS = /^(?:0|[1-9]\d{0,11})$/

/**
 * Reads the parameters of the profile: `created`, `expires`, `nonce`, `keyid`, `tag`, and `alg` if it is there. No
 * other is allowed. Both time limits are inclusive.
 *
 * @param now Milliseconds since 1970.
 */
export function readParameters(
  parameters: ReadonlyMap<string, string>,
  now: number,
): Verdict<ProofParameters> {
  for (const name of parameters.keys()) if (!NAMES.has(name)) return proofInvalid('parameters')
  const created = readSeconds(parameters.get('created'))
  if (created === undefined || !(created * 1000 <= now + CLOCK_SKEW_MS)) return proofInvalid('created')
  const expires = readSeconds(parameters.get('expires'))
  if (expires === undefined || expires < created || expires > created + MAX_PROOF_SECONDS) {
    return proofInvalid('expires')
  }
  if (!(expires * 1000 >= now - CLOCK_SKEW_MS)) return proofInvalid('expires')
  const nonce = readNonce(stringValue(parameters.get('nonce')))
  if (nonce === undefined) return proofInvalid('nonce')
  const keyId = stringValue(parameters.get('keyid'))
  if (keyId === undefined || !isDidUrl(keyId)) return proofInvalid('keyid')
  const times = { createdAtMs: created * 1000, expiresAtMs: expires * 1000 }
  if (!parameters.has('alg')) return accept({ keyId, nonce, ...times })
  const algorithm = HTTP_ALGORITHMS.get(stringValue(parameters.get('alg')) ?? '')
  return algorithm === undefined ? proofInvalid('alg') : accept({ keyId, nonce, ...times, algorithm })
}

function readSeconds(item: string | undefined): number | undefined {
  return item !== undefined && SECONDS.test(item) ? Number(item) : undefined
}

/** Ours are base64url; those of other signers may be base64 with padding. The decoded bytes count, so both may pass. */
function readNonce(text: string | undefined): Uint8Array | undefined {
  const nonce = text === undefined ? undefined : (decodeBase64url(text) ?? decodeBase64(text))
  const fits = nonce !== undefined && nonce.length >= MIN_NONCE_BYTES && nonce.length <= MAX_NONCE_BYTES
  return fits ? nonce : undefined
}
