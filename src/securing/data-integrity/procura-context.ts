/**
 * The bytes of contexts/delegation-v1.jsonld, for runtimes without files. A test compares the two; a context that was
 * published never changes.
 */
export const PROCURA_CONTEXT_TEXT = `{
  "@context": {
    "@version": 1.1,
    "@protected": true,
    "OwnerCredential": "https://w3id.org/procura/v1#OwnerCredential",
    "DelegationCredential": "https://w3id.org/procura/v1#DelegationCredential",
    "tenant": "https://w3id.org/procura/v1#tenant",
    "environment": "https://w3id.org/procura/v1#environment",
    "accountable": "https://w3id.org/procura/v1#accountable",
    "team": "https://w3id.org/procura/v1#team",
    "assurance": "https://w3id.org/procura/v1#assurance",
    "custody": "https://w3id.org/procura/v1#custody",
    "authorizationDetails": { "@id": "https://w3id.org/procura/v1#authorizationDetails", "@type": "@json" },
    "status": { "@id": "https://w3id.org/procura/v1#status", "@type": "@json" },
    "revokers": { "@id": "https://w3id.org/procura/v1#revokers", "@type": "@id", "@container": "@set" },
    "statusLease": { "@id": "https://w3id.org/procura/v1#statusLease", "@type": "@json" },
    "agentId": "https://w3id.org/procura/v1#agentId",
    "authority": { "@id": "https://w3id.org/procura/v1#authority", "@type": "@id" },
    "mode": "https://w3id.org/procura/v1#mode",
    "purpose": "https://w3id.org/procura/v1#purpose",
    "inherit": {
      "@id": "https://w3id.org/procura/v1#inherit",
      "@type": "http://www.w3.org/2001/XMLSchema#boolean"
    },
    "maxDepth": {
      "@id": "https://w3id.org/procura/v1#maxDepth",
      "@type": "http://www.w3.org/2001/XMLSchema#integer"
    },
    "allowStatusless": {
      "@id": "https://w3id.org/procura/v1#allowStatusless",
      "@type": "http://www.w3.org/2001/XMLSchema#boolean"
    },
    "software": {
      "@id": "https://w3id.org/procura/v1#software",
      "@context": {
        "@protected": true,
        "version": "https://w3id.org/procura/v1#version"
      }
    },
    "kind": "https://w3id.org/procura/v1#kind",
    "parent": {
      "@id": "https://w3id.org/procura/v1#parent",
      "@type": "@id",
      "@context": {
        "@protected": true,
        "digest": {
          "@id": "https://w3id.org/procura/v1#digest",
          "@type": "https://w3id.org/security#multibase"
        }
      }
    },
    "lineage": { "@id": "https://w3id.org/procura/v1#lineage", "@type": "@json" }
  }
}
`
