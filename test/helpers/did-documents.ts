import { encodeMultikey } from '../../src/did/multikey.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'

/** A DID document that lists the keys of these signers for issuing and for signing in. */
export function documentOf(did: Did, signers: readonly Signer[], services: readonly object[] = []): object {
  const ids = signers.map(({ keyId }) => keyId)
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    verificationMethod: signers.map(({ keyId, publicKey }) => ({
      id: keyId,
      type: 'Multikey',
      controller: did,
      publicKeyMultibase: encodeMultikey(publicKey),
    })),
    assertionMethod: ids,
    authentication: ids,
    service: services,
  }
}

/** The service entry with which an authority says who signs its status. */
export function statusService({ authority, ...serviceEndpoint }: TrustEntry): object {
  return { id: `${authority}#status`, type: 'ProcuraStatus', serviceEndpoint }
}
