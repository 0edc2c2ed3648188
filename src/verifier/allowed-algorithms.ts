import { andThen } from '../core/maybe-promise.ts'
import type { DidDocument } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import type { Signer } from '../model/signer.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { algorithmOf } from '../securing/key-type.ts'

/**
 * A resolver that knows only keys of some algorithms. Everything that a verifier believes is signed by a key that its
 * resolver has found: links, proofs of presenters, heads and lists. So nothing else is needed to keep an algorithm out.
 *
 * @returns For a DID none of whose keys is left, `unsupported` with the dimension `algorithm`.
 */
export function allowAlgorithms(
  resolver: DidResolver,
  algorithms: ReadonlySet<Signer['algorithm']>,
): DidResolver {
  return { resolve: (did) => andThen(resolver.resolve(did), (found) => withAllowed(found, algorithms)) }
}

function withAllowed(
  found: Verdict<DidDocument>,
  algorithms: ReadonlySet<Signer['algorithm']>,
): Verdict<DidDocument> {
  if (!found.verified) return found
  const { verificationMethods } = found.value
  const allowed = verificationMethods.filter(({ key }) => algorithms.has(algorithmOf(key.type)))
  if (allowed.length === verificationMethods.length) return found
  return allowed.length === 0
    ? refuse('unsupported', { dimension: 'algorithm' })
    : accept({ ...found.value, verificationMethods: allowed })
}
