import type { ParsedLink } from '../model/chain.ts'
import { type Refused, refuse } from '../refusal.ts'
import { type Listed, NOTHING_LISTED } from '../status/listed.ts'

/**
 * What an emergency list names counts no more, whatever lists of status say (docs/spec/05-status.md "Emergency list"):
 * the authority, an owner, or a key that signed a link or is one with the DID of somebody whom a link names. Asked of each
 * presentation, and hardly ever is anything listed: then it costs nothing.
 *
 * @param chain Or a part of one.
 */
export function refuseListed(chain: readonly ParsedLink[], listed: Listed): Refused | undefined {
  if (listed === NOTHING_LISTED) return undefined
  if (listed.authority) return revoked(0, chain)
  for (const [link, { credential, signatures }] of chain.entries()) {
    const { id } = credential.subject
    if (listed.owners.has(id) || isKeyListed(id, listed)) return revoked(link, chain)
    if (signatures.some(({ verificationMethod }) => listed.keys.has(verificationMethod)))
      return revoked(link, chain)
  }
  return undefined
}

/** A `did:key` is its only key. */
function isKeyListed(did: string, { keys }: Listed): boolean {
  return did.startsWith('did:key:') && keys.has(`${did}#${did.slice('did:key:'.length)}`)
}

function revoked(link: number, chain: readonly ParsedLink[]): Refused {
  return refuse('revoked', { link, dimension: 'emergency', inherited: link < chain.length - 1 })
}
