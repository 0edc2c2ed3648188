import { findVerificationMethod } from '../../did/did-document.ts'
import type { Tenant } from '../../issuer/records.ts'
import type { Did } from '../../model/did.ts'
import type { SignedCall } from './call.ts'
import { invalidMember } from './schema.ts'

/**
 * Checks that a DID can be somebody's: a key of a type that signatures are made with, and none of the issuer's own.
 * Whether somebody else has it is for the store to say.
 *
 * @throws {ApiError} `invalid_request`
 */
export async function assertUsableDid(
  { service }: SignedCall,
  { authority, statusIssuer }: Tenant,
  did: Did,
  pointer: string,
): Promise<void> {
  if (did === authority || did === statusIssuer)
    throw invalidMember(pointer, 'must not be a DID of the issuer itself')
  const document = await service.issuer.resolver.resolve(did)
  const kid = document.verified ? document.value.authentication[0] : undefined
  const usable =
    document.verified &&
    kid !== undefined &&
    findVerificationMethod(document.value, kid, 'authentication').verified
  if (!usable) throw invalidMember(pointer, 'must be a key of Ed25519 or P-256')
}
