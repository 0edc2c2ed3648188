import type { MaybePromise } from '../core/maybe-promise.ts'
import type { ParsedLink } from '../model/chain.ts'
import type { Verdict } from '../refusal.ts'
import { parseVcJwt } from '../securing/vc-jose/parse-vc-jwt.ts'

/**
 * Reads one link of a chain, however it is secured: the one place that tells the mechanisms apart. A JSON text is a
 * credential with Data Integrity proofs, a token with a tilde an SD-JWT, any other token a `vc+jwt`; none of them
 * can be read as another.
 *
 * Only `vc+jwt` is read without a promise: the other mechanisms are loaded when the first link of theirs is met.
 * Checks no signature.
 *
 * @returns What the mechanism's parser refuses.
 */
export function parseLink(text: string): MaybePromise<Verdict<ParsedLink>> {
  if (text.startsWith('{')) return parseDataIntegrity(text)
  return text.includes('~') ? parseSdJwt(text) : parseVcJwt(text)
}

async function parseDataIntegrity(text: string): Promise<Verdict<ParsedLink>> {
  const { parseVcDataIntegrity } = await import('../securing/data-integrity/parse-vc-data-integrity.ts')
  return parseVcDataIntegrity(text)
}

async function parseSdJwt(text: string): Promise<Verdict<ParsedLink>> {
  const { parseVcSdJwt } = await import('../securing/sd-jwt/parse-vc-sd-jwt.ts')
  return parseVcSdJwt(text)
}
