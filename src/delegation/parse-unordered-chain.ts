import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import { joinChain } from './join-chain.ts'
import { type ParseLink, parseLinks } from './parse-chain.ts'

/**
 * As `parseChain`, for credentials whose order means nothing: it is taken from what they say.
 *
 * @returns What `parse` refuses, placed by its position in `texts`; what {@link orderLinks} and {@link joinChain} refuse.
 */
export function parseUnorderedChain(
  texts: readonly string[],
  parse: ParseLink,
): MaybePromise<Verdict<ParsedChain>> {
  return andThen(parseLinks(texts, parse), (links) => {
    const ordered = links.verified ? orderLinks(links.value) : links
    return ordered.verified ? joinChain(ordered.value) : ordered
  })
}

/**
 * Puts links into the order of a chain: the owner's first, then whatever the subject of the one before has issued.
 * Whether they join is for {@link joinChain} to say. Quadratic in the number of links, which the caller bounds.
 *
 * @returns `chain_broken` unless every link has its place: one is missing, does not belong, or has a twin.
 */
export function orderLinks(links: readonly ParsedLink[]): Verdict<readonly ParsedLink[]> {
  const rest = new Set(links)
  const ordered: ParsedLink[] = []
  let next = onlyOne(rest, ({ credential }) => credential.type === 'OwnerCredential')
  while (next !== undefined) {
    const { id } = next.credential.subject
    ordered.push(next)
    rest.delete(next)
    next = onlyOne(rest, ({ credential }) => credential.issuer === id)
  }
  return ordered.length === links.length
    ? accept(ordered)
    : refuse('chain_broken', { dimension: 'verifiableCredential' })
}

function onlyOne(links: Iterable<ParsedLink>, fits: (link: ParsedLink) => boolean): ParsedLink | undefined {
  const fitting = [...links].filter(fits)
  return fitting.length === 1 ? fitting[0] : undefined
}
