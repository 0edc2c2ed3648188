import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import type { ParsedChain, ParsedLink } from '../model/chain.ts'
import { accept, atLink, refuse, type Verdict } from '../refusal.ts'
import { type OpenLinkOptions, openLink } from './open-link.ts'

declare const verified: unique symbol

/** A chain whose every signature was checked. Only {@link openChain} makes one. */
export type VerifiedChain = ParsedChain & { readonly [verified]: true }

/**
 * Checks the signatures of every link (docs/spec/07-verifying.md step 8), as {@link openLink} does. Where signatures are
 * checked elsewhere, in threads or by the platform, all of the chain are under way at once; whoever answers first, the
 * first refusal from the root counts.
 *
 * Answers without a promise when keys resolve and verify synchronously. Costs one signature for each link that is
 * not remembered, up to the first refusal. What lies below a refused link is not remembered: nobody can have links of
 * his own remembered under an authority that did not sign the root.
 *
 * @returns The first refusal from the root: `signature_invalid`, `key_not_authorized`, `unsupported`,
 *   `did_unresolvable`.
 */
export function openChain(
  chain: ParsedChain,
  { resolver, memo }: OpenLinkOptions,
): MaybePromise<Verdict<VerifiedChain>> {
  const found = new Map<ParsedLink, string>()
  const noting = memo && { ...memo, remember: (...link: [ParsedLink, string]) => void found.set(...link) }
  const opening = openLinks(chain, noting === undefined ? { resolver } : { resolver, memo: noting })
  return andThen(opening, (answers) => {
    for (const [position, link] of chain.entries()) {
      const answer = answers[position] ?? refuse('signature_invalid')
      if (!answer.verified) return atLink(answer, position)
      const thumbprint = found.get(link)
      if (thumbprint !== undefined) memo?.remember(link, thumbprint)
    }
    return accept(chain as VerifiedChain)
  })
}

/** Starts all links, root first, until one is refused at once. @returns Their answers, up to that one. */
function openLinks(chain: ParsedChain, options: OpenLinkOptions): MaybePromise<readonly Verdict<void>[]> {
  const answers: Verdict<void>[] = []
  const late: Promise<void>[] = []
  for (const [position, link] of chain.entries()) {
    const answer = openLink(link, options)
    const keep = (value: Verdict<void>): void => {
      answers[position] = value
    }
    if (answer instanceof Promise) late.push(answer.then(keep))
    else keep(answer)
    if (answers[position]?.verified === false) break
  }
  return late.length === 0 ? answers : Promise.all(late).then(() => answers)
}
