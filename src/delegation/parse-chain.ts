import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { accept, atLink, type Refused, type Verdict } from '../refusal.ts'
import { joinChain } from './join-chain.ts'
import { parseLink } from './parse-link.ts'

/** Reads one link. */
export type ParseLink = (text: string) => MaybePromise<Verdict<ParsedLink>>

/**
 * Reads credentials, root first, and joins them: steps 2 and 3 of docs/spec/07-verifying.md. Checks no signature.
 * Waits only where `parse` does.
 *
 * @param texts Compact tokens, or JSON texts of credentials with Data Integrity proofs.
 * @returns The chain, or the first refusal from the root: what `parse` or {@link joinChain} refuse, with the link.
 */
export function parseChain(
  texts: readonly string[],
  parse: ParseLink = parseLink,
): MaybePromise<Verdict<ParsedChain>> {
  return andThen(parseLinks(texts, parse), (links) => (links.verified ? joinChain(links.value) : links))
}

/** Reads links one by one, without joining them. @returns The first refusal, with the position of its text. */
export function parseLinks(
  texts: readonly string[],
  parse: ParseLink,
): MaybePromise<Verdict<readonly ParsedLink[]>> {
  return parseFrom(texts, parse, [])
}

function parseFrom(
  texts: readonly string[],
  parse: ParseLink,
  links: ParsedLink[],
): MaybePromise<Verdict<readonly ParsedLink[]>> {
  for (const text of texts.slice(links.length)) {
    const link = parse(text)
    if (link instanceof Promise) {
      return link.then((late) => keep(links, late) ?? parseFrom(texts, parse, links))
    }
    const refused = keep(links, link)
    if (refused !== undefined) return refused
  }
  return accept(links)
}

/** Adds a link to those before it; answers with its refusal, if it was refused. */
function keep(links: ParsedLink[], link: Verdict<ParsedLink>): Refused | undefined {
  if (!link.verified) return atLink(link, links.length)
  links.push(link.value)
  return undefined
}
