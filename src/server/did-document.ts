import type { JsonObject } from '../core/json.ts'
import type { DidDocument, VerificationMethod } from '../did/did-document.ts'
import { encodeMultikey } from '../did/multikey.ts'
import type { Issuer } from '../issuer/issuer.ts'
import type { Tenant } from '../issuer/ports.ts'

/** The `did:web` of an origin (did:web Method Specification §3.1): a port is escaped. */
export function webDidOf(origin: string): `did:web:${string}` {
  return `did:web:${new URL(origin).host.replace(':', '%3A')}`
}

/**
 * The document at `/.well-known/did.json`. The authority itself is a `did:key`: that is who issues credentials and
 * whom a service provider trusts. This document says on the web that the key belongs to this host, and no more; it
 * resolves as `did:web` only where the origin is https.
 */
export async function originDocument(
  { origin, resolver }: Pick<Issuer, 'origin' | 'resolver'>,
  tenant: Tenant,
): Promise<JsonObject | undefined> {
  const authority = await resolver.resolve(tenant.authority)
  return authority.verified ? webDidDocument(origin, tenant, authority.value) : undefined
}

function webDidDocument(origin: string, tenant: Tenant, authority: DidDocument): JsonObject {
  const id = webDidOf(origin)
  const methods = authority.verificationMethods.map((method) => methodOf(id, method))
  const ids = methods.map((method) => method.id)
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id,
    alsoKnownAs: [tenant.authority],
    verificationMethod: methods,
    assertionMethod: ids,
    service: [
      {
        id: `${id}#procura`,
        type: 'ProcuraTrustEntry',
        serviceEndpoint: `${origin}/.well-known/procura?tenant=${tenant.id}`,
      },
    ],
  }
}

function methodOf(controller: string, { key }: VerificationMethod) {
  const publicKeyMultibase = encodeMultikey(key)
  return { id: `${controller}#${publicKeyMultibase}`, type: 'Multikey', controller, publicKeyMultibase }
}
