import { detachText } from '../core/bytes.ts'
import { LruMap } from '../core/lru-map.ts'
import type { MaybePromise } from '../core/maybe-promise.ts'
import { type Did, didMethodOf, isDid, MAX_DID_CHARS } from '../model/did.ts'
import { refuse, type Verdict } from '../refusal.ts'
import type { DidDocument } from './did-document.ts'
import { resolveDidJwk } from './did-jwk.ts'
import { resolveDidKey } from './did-key.ts'
import type { DidMethod } from './did-method.ts'

/** Resolved documents kept, in entries of about 2 KiB: the authorities, owners, agents and runs seen last. */
const MAX_CACHED_DID_DOCUMENTS = 4096

export interface DidResolverOptions {
  /** Further methods by name, for example `{ web: … }`. Default none. `key` and `jwk` cannot be replaced. */
  readonly methods?: Readonly<Record<string, DidMethod>>
  /** Default {@link MAX_CACHED_DID_DOCUMENTS}. */
  readonly maxCachedDocuments?: number
}

export interface DidResolver {
  /**
   * The document of a DID; never throws and never rejects. Answers without a promise for `did:jwk` and for a
   * `did:key` of Ed25519 or P-256.
   *
   * @returns `malformed` for what is not a DID, `unsupported` for a method that is not configured,
   * `did_unresolvable` when the method fails.
   */
  resolve(did: string): MaybePromise<Verdict<DidDocument>>
}

/** Makes the resolver that a verifier or an issuer uses for all DIDs (docs/spec/01-roles.md). */
export function createDidResolver(options: DidResolverOptions = {}): DidResolver {
  return new CachingDidResolver(options)
}

class CachingDidResolver implements DidResolver {
  readonly #methods: ReadonlyMap<string, DidMethod>
  readonly #documents: LruMap<string, Verdict<DidDocument>>

  constructor({ methods = {}, maxCachedDocuments = MAX_CACHED_DID_DOCUMENTS }: DidResolverOptions) {
    this.#methods = new Map(Object.entries(methods))
    this.#documents = new LruMap({ maxWeight: maxCachedDocuments })
  }

  resolve(did: string): MaybePromise<Verdict<DidDocument>> {
    return this.#documents.get(did) ?? this.#resolveUnknown(did)
  }

  #resolveUnknown(text: string): MaybePromise<Verdict<DidDocument>> {
    const did = text.length <= MAX_DID_CHARS ? detachText(text) : text
    if (!isDid(did)) return refuse('malformed', { dimension: 'did' })
    switch (didMethodOf(did)) {
      case 'key':
        return this.#resolveKey(did)
      case 'jwk':
        return this.#keep(did, resolveDidJwk(did))
      default:
        return this.#resolveOther(did)
    }
  }

  /** Keeps a success for ever: the DID is the key. Failures are not kept, so that they cannot crowd out documents. */
  #keep(did: Did, verdict: Verdict<DidDocument>): Verdict<DidDocument> {
    if (verdict.verified) this.#documents.set(did, verdict)
    return verdict
  }

  #resolveKey(did: Did): MaybePromise<Verdict<DidDocument>> {
    const verdict = resolveDidKey(did)
    if (verdict.verified || verdict.refusal.code !== 'unsupported') return this.#keep(did, verdict)
    return ask(resolveUncommonDidKey, did)
  }

  #resolveOther(did: Did): MaybePromise<Verdict<DidDocument>> {
    const method = this.#methods.get(didMethodOf(did))
    return method === undefined ? refuse('unsupported', { dimension: 'did' }) : ask(method, did)
  }
}

/** Key types that Procura only names are left to a package that is not loaded until one is met. */
async function resolveUncommonDidKey(did: Did): Promise<Verdict<DidDocument>> {
  const uncommon = await import('./uncommon-did-key.ts')
  return uncommon.resolveUncommonDidKey(did)
}

/** Asks a method that may throw, reject or answer for another DID than it was asked for. */
function ask(method: DidMethod, did: Did): MaybePromise<Verdict<DidDocument>> {
  try {
    const verdict = method(did)
    return verdict instanceof Promise
      ? verdict.then((late) => ofDid(did, late)).catch(unresolvable)
      : ofDid(did, verdict)
  } catch {
    return unresolvable()
  }
}

function ofDid(did: Did, verdict: Verdict<DidDocument>): Verdict<DidDocument> {
  return verdict.verified && verdict.value.id !== did ? unresolvable() : verdict
}

function unresolvable(): Verdict<DidDocument> {
  return refuse('did_unresolvable', { dimension: 'did' })
}
