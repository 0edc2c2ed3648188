import { andThen } from '../core/maybe-promise.ts'
import type { DidDocument } from '../did/did-document.ts'
import type { DidResolver } from '../did/resolve-did.ts'
import { accept, type Verdict } from '../refusal.ts'

/**
 * A resolver whose keys verify in the thread pool of Node. Everything that a verifier believes is signed by a key that
 * its resolver has found, so nothing else has to know: caches, replay and usage stay where they are.
 */
export function inThreads(resolver: DidResolver): DidResolver {
  // A document keeps its keys: what the platform made of them is kept by key.
  const known = new WeakMap<DidDocument, Verdict<DidDocument>>()
  return {
    resolve: (did) =>
      andThen(resolver.resolve(did), (found) => {
        if (!found.verified) return found
        const threaded = known.get(found.value) ?? accept(withThreads(found.value))
        known.set(found.value, threaded)
        return threaded
      }),
  }
}

function withThreads(document: DidDocument): DidDocument {
  const verificationMethods = document.verificationMethods.map((method) => ({
    ...method,
    key: { ...method.key, inThreads: true as const },
  }))
  return { ...document, verificationMethods }
}
