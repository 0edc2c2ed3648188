import type { PublicKey } from '../../core/crypto/port.ts'
import type { Json } from '../../core/json.ts'
import { isWebDid } from '../../did/did-web.ts'
import { parsePublicJwk } from '../../did/jwk.ts'
import { createDidResolver } from '../../did/resolve-did.ts'
import { ProcuraError } from '../../errors.ts'
import { isDid } from '../../model/did.ts'
import { givenDocuments } from './receipt-resolver.ts'

/** Whose receipt it has to be, and what was kept beside it. */
export interface VerifyReceiptOptions {
  /** DID of the service provider. A `did:key` or `did:jwk` needs nothing else, any other its document. */
  readonly did?: string
  /** Public key of the service provider, as a JWK: in place of `did`. */
  readonly key?: object
  /** DID documents as they were kept, of the service provider and of authorities on the web. Nothing is fetched. */
  readonly documents?: readonly unknown[]
}

/** Whose receipts count, and by which documents. */
export interface TrustedSigner {
  readonly did: string | undefined
  readonly key: PublicKey | undefined
  readonly documents: ReadonlyMap<string, Json>
}

/**
 * Whoever names nobody would believe anybody.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT`, `ERR_PROCURA_INVALID_KEY`
 */
export async function readReceiptOptions({
  did,
  key,
  documents = [],
}: VerifyReceiptOptions): Promise<TrustedSigner> {
  if ((did === undefined) === (key === undefined)) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_ARGUMENT',
      'say whose receipt it has to be: the DID of the service provider, or its public key as a JWK',
    )
  }
  if (did !== undefined) await assertProviderDid(did)
  return { did, key: key === undefined ? undefined : readKey(key), documents: givenDocuments(documents) }
}

/** Nobody's receipt verifies under what is no DID: that is a slip of the caller, not of the service provider. */
async function assertProviderDid(did: string): Promise<void> {
  if (typeof did === 'string' && isDid(did)) {
    if (isWebDid(did)) return
    const document = await createDidResolver().resolve(did)
    if (document.verified) return
  }
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    'did must be the DID of the service provider: a did:key or did:jwk with a whole key, or a did:web or did:webvh',
  )
}

function readKey(jwk: object): PublicKey {
  const key = parsePublicJwk({ ...jwk })
  if (key.verified) return key.value
  const fix = Object.hasOwn(jwk, 'd') ? '; this one is private: give it without "d"' : ''
  throw new ProcuraError('ERR_PROCURA_INVALID_KEY', `key must be a public JWK, Ed25519 or P-256${fix}`)
}
