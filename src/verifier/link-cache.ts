import { detachText } from '../core/bytes.ts'
import { LruMap } from '../core/lru-map.ts'
import type { SignatureMemo } from '../delegation/open-link.ts'
import type { ParseLink } from '../delegation/parse-chain.ts'
import { parseLink } from '../delegation/parse-link.ts'
import type { ParsedLink } from '../model/chain.ts'
import { accept } from '../refusal.ts'

/** Memory for the links of one authority, in characters of the tokens; a kept link costs about four times its token. */
const MAX_CACHED_LINK_CHARS_PER_AUTHORITY: number = 8 * 1024 * 1024

/** Characters of a signature in base64url. */
const KEY_CHARS = 86

interface SeenLink {
  readonly link: ParsedLink
  /** Of the key that signed it. */
  readonly thumbprint: string
}

/**
 * Parsed links whose signature was once verified, by their exact text. Neither verdict nor refusal is kept: time,
 * status and scope are evaluated on each call.
 *
 * Each authority has its own share, so that the agents of one cannot evict those of another.
 */
export class LinkCache {
  #seen: ReadonlyMap<string, LruMap<string, SeenLink>> = new Map()
  readonly #maxChars: number

  /** @param authorities The trusted ones; links under any other are never kept. */
  constructor(authorities: Iterable<string>, maxChars: number = MAX_CACHED_LINK_CHARS_PER_AUTHORITY) {
    this.#maxChars = maxChars
    this.setAuthorities(authorities)
  }

  /** Replaces the trusted authorities; forgets all links of those that are no longer among them. */
  setAuthorities(authorities: Iterable<string>): void {
    const before = this.#seen
    const share = (authority: string) => before.get(authority) ?? newShare(this.#maxChars)
    this.#seen = new Map([...authorities].map((authority) => [authority, share(authority)]))
  }

  /** Reads a link, or finds the parsed form of one that was verified before. */
  readonly parse: ParseLink = (text) => {
    for (const share of this.#seen.values()) {
      const seen = find(share, text)
      if (seen !== undefined) return accept(seen.link)
    }
    // Cut out of a request's header, which would live as long as what is kept of the link does.
    return parseLink(detachText(text))
  }

  /** What the signature step may skip and keep for the chains of one authority. */
  memoOf(authority: string): SignatureMemo {
    const share = this.#seen.get(authority)
    return {
      isVerified: ({ token }, thumbprint) =>
        share !== undefined && find(share, token)?.thumbprint === thumbprint,
      remember: (link, thumbprint) => share?.set(keyOf(link.token), { link, thumbprint }),
    }
  }
}

/**
 * A link is found by the end of its text, where nearly all have a signature: to hash all of it takes longer than to
 * compare it. Links that end alike take each other's place.
 */
function keyOf(text: string): string {
  return text.slice(-KEY_CHARS)
}

function find(share: LruMap<string, SeenLink>, text: string): SeenLink | undefined {
  const seen = share.get(keyOf(text))
  return seen?.link.token === text ? seen : undefined
}

function newShare(maxChars: number): LruMap<string, SeenLink> {
  return new LruMap({ maxWeight: maxChars, weightOf: ({ link }) => link.token.length })
}
