/** A DID (DID Core 1.0 §3.1), without path, query or fragment: `did:key:z6Mk…`. */
export type Did = `did:${string}:${string}`

/** A DID URL that names something inside a DID document: a DID, `#` and a fragment. No path, no query. */
export type DidUrl = `${Did}#${string}`

/**
 * Longest DID, in characters. The longest that the protocol uses is a `did:jwk` of a P-256 key, about 200; the
 * rest is for the paths of `did:web`.
 */
export const MAX_DID_CHARS = 2048

/** `did:` method-name `:` method-specific-id; the identifier must not end in a colon (ABNF of DID Core §3.1). */
const DID = /^did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})+(?<!:)$/

/** RFC 3986 §3.5, at least one character. */
const FRAGMENT = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})+$/

/** Tells whether `text` is a DID of at most {@link MAX_DID_CHARS} characters. The method need not be known. */
export function isDid(text: string): text is Did {
  return text.length <= MAX_DID_CHARS && DID.test(text)
}

/**
 * Splits a DID URL. Relative references, paths, queries and empty fragments are refused; the fragment is bounded
 * like the DID, because that of a `did:key` repeats it.
 *
 * @returns `undefined` when the text is not of that form.
 */
export function parseDidUrl(text: string): { readonly did: Did; readonly fragment: string } | undefined {
  const hash = text.indexOf('#')
  if (hash < 0) return undefined
  const did = text.slice(0, hash)
  const fragment = text.slice(hash + 1)
  const valid = isDid(did) && fragment.length <= MAX_DID_CHARS && FRAGMENT.test(fragment)
  return valid ? { did, fragment } : undefined
}

/** Tells whether `text` is a DID URL as {@link parseDidUrl} reads it. */
export function isDidUrl(text: string): text is DidUrl {
  return parseDidUrl(text) !== undefined
}

/** The method of a DID: `web` for `did:web:id.example`. */
export function didMethodOf(did: Did): string {
  return did.slice(4, did.indexOf(':', 4))
}

/** What follows the method: `id.example` for `did:web:id.example`. */
export function methodSpecificIdOf(did: Did): string {
  return did.slice(did.indexOf(':', 4) + 1)
}
