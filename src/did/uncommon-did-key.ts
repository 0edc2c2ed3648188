import { getResolver } from 'key-did-resolver'
import type { Did } from '../model/did.ts'
import { refuse, type Verdict } from '../refusal.ts'
import type { DidDocument } from './did-document.ts'
import { wrapDidResolver } from './wrap-did-resolver.ts'

const method = wrapDidResolver(getResolver())

/**
 * Resolves a `did:key` of a key type that Procura cannot verify with (P-384, P-521, secp256k1): the document names
 * the method, and {@link findVerificationMethod} answers `unsupported` for it.
 *
 * @returns `unsupported` for key types and keys that key-did-resolver does not read either; `malformed` when it finds
 * a key that {@link decodeMultikey} should have: an Ed25519 or P-256 key under a second, non-canonical name.
 */
export async function resolveUncommonDidKey(did: Did): Promise<Verdict<DidDocument>> {
  const verdict = await method(did)
  if (!verdict.verified) return refuse('unsupported', { dimension: 'multikey' })
  return verdict.value.verificationMethods.length === 0
    ? verdict
    : refuse('malformed', { dimension: 'multikey' })
}
