import type { Clock, Fetch } from '../../core/clock.ts'
import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import { AuthorityTrust } from '../../verifier/authority-trust.ts'
import { readTrustConfiguration } from '../../verifier/configured-trust.ts'
import type { TrustEntry } from '../../verifier/trust.ts'
import { followWebDocuments } from '../../verifier/web-documents.ts'

/** Trust in one entry of an anchor file and the resolver for it, as a verifier has them. */
export function followedTrust(
  pinned: TrustEntry,
  fetch: Fetch,
  clock: Clock,
): { readonly trust: AuthorityTrust; readonly resolver: DidResolver } {
  const { configuredHosts } = readTrustConfiguration([pinned])
  const documents = followWebDocuments({ fetch, clock, configuredHosts })
  return {
    trust: new AuthorityTrust({ authority: pinned.authority, pinned }, documents),
    resolver: createDidResolver({ methods: documents.methods }),
  }
}
