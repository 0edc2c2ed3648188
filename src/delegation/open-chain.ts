import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import type { ParsedChain } from '../model/chain.ts'
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
  options: OpenLinkOptions,
): MaybePromise<Verdict<VerifiedChain>> {
  return andThen(openLinks(chain, options), (answers) => {
    for (const [position, link] of chain.entries()) {
      const answer = answers[position] ?? refuse('signature_invalid')
      if (!answer.verified) return atLink(answer, position)
      if (answer.value !== undefined) options.memo?.remember(link, answer.value)
    }
    return accept(chain as VerifiedChain)
  })
}

type Answer = Verdict<string | undefined>

/** Starts all links, root first, until one is refused at once. @returns Their answers, up to that one. */
function openLinks(chain: ParsedChain, options: OpenLinkOptions): MaybePromise<readonly Answer[]> {
  const answers: MaybePromise<Answer>[] = []
  let waits = false
  for (const link of chain) {
    const answer = openLink(link, options)
    answers.push(answer)
    if (answer instanceof Promise) waits = true
    else if (!answer.verified) break
  }
  return waits ? Promise.all(answers) : (answers as Answer[])
}
