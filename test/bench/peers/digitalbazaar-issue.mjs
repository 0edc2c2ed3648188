import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { closedLoader } from '../../conformance/digitalbazaar-loader.ts'

/*
 * Signing with @digitalbazaar/vc over RDF, and nothing else: no index, no record, no trail, nothing on a disk, and the signature is
 * not verified before the credential is released.
 */
export async function makeIssuer() {
  const key = await Ed25519Multikey.generate()
  const did = `did:key:${key.publicKeyMultibase}`
  key.id = `${did}#${key.publicKeyMultibase}`
  key.controller = did
  const documentLoader = closedLoader()
  const suite = () => new DataIntegrityProof({ signer: key.signer(), cryptosuite })
  return {
    /** @param credential As our issuer made it, with another issuer. */
    issue: (credential) =>
      vc.issue({ credential: { ...credential, issuer: did }, suite: suite(), documentLoader }),
    /** Whether its own verifier accepts a credential; status is not looked at. */
    async verifies(credential) {
      const checkStatus = async () => ({ verified: true })
      const verifying = new DataIntegrityProof({ cryptosuite })
      return (await vc.verifyCredential({ credential, suite: verifying, documentLoader, checkStatus }))
        .verified
    },
  }
}
