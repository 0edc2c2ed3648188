import { Resolver, type ResolverRegistry } from 'did-resolver'
import { type Clock, systemClock } from '../core/clock.ts'
import { type Json, parseStrictJson } from '../core/json.ts'
import { accept, refuse } from '../refusal.ts'
import type { DidMethod } from './did-method.ts'
import { parseDidDocument } from './parse-did-document.ts'

/**
 * Makes a {@link DidMethod} of `did-resolver` methods (`getResolver()` of the many packages for it).
 *
 * What such packages get wrong is kept inside: they throw, they answer for another DID, they look methods up on
 * Object.prototype, and their documents carry what no parser has checked. Nothing is cached. Give it only methods
 * that guard their own network access.
 */
export function wrapDidResolver(registry: ResolverRegistry, clock: Clock = systemClock): DidMethod {
  const resolver = new Resolver(Object.assign(Object.create(null), registry))
  return async (did) => {
    try {
      const { didDocument, didDocumentMetadata } = await resolver.resolve(did)
      if (didDocumentMetadata?.deactivated === true) return refuse('did_unresolvable', { dimension: 'did' })
      const document = parseDidDocument(toJson(didDocument), did, clock())
      return document === undefined ? refuse('did_unresolvable', { dimension: 'did' }) : accept(document)
    } catch {
      return refuse('did_unresolvable', { dimension: 'did' })
    }
  }
}

/** Through text, so that the parser meets plain JSON only; `null` when the value has no strict JSON form. */
function toJson(value: unknown): Json {
  return parseStrictJson(JSON.stringify(value) ?? 'null') ?? null
}
