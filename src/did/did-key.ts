import type { PublicKey } from '../core/crypto/port.ts'
import { type Did, type DidUrl, methodSpecificIdOf } from '../model/did.ts'
import { accept, type Verdict } from '../refusal.ts'
import { type DidDocument, singleKeyDocument } from './did-document.ts'
import { thumbprintOf } from './jwk.ts'
import { decodeMultikey, encodeMultikey } from './multikey.ts'

/** The `did:key` of a public key. */
export function encodeDidKey(key: PublicKey): Did {
  return `did:key:${encodeMultikey(key)}`
}

/** The DID URL of the only verification method of a `did:key`: its fragment repeats the key. */
export function didKeyMethodId(did: Did): DidUrl {
  return `${did}#${methodSpecificIdOf(did)}`
}

/**
 * Resolves a `did:key` of an Ed25519 or P-256 key. Synchronous and without I/O: the DID is the key.
 *
 * @param did Begins with `did:key:`; the version form `did:key:1.1:z…` is not supported.
 * @returns `unsupported` for another key type, `malformed` when there is no such key.
 */
export function resolveDidKey(did: Did): Verdict<DidDocument> {
  const key = decodeMultikey(methodSpecificIdOf(did))
  if (!key.verified) return key
  const method = {
    id: didKeyMethodId(did),
    controller: did,
    key: key.value,
    thumbprint: thumbprintOf(key.value),
  }
  return accept(singleKeyDocument(method))
}
