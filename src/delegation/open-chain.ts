import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import type { ParsedChain } from '../model/chain.ts'
import { accept, atLink, type Verdict } from '../refusal.ts'
import { type OpenLinkOptions, openLink } from './open-link.ts'

declare const verified: unique symbol

/** A chain whose every signature was checked. Only {@link openChain} makes one. */
export type VerifiedChain = ParsedChain & { readonly [verified]: true }

/**
 * Checks the signatures of every link, root first (docs/spec/07-verifying.md step 8), as {@link openLink} does.
 *
 * Answers without a promise when keys resolve and verify synchronously. Costs one signature for each link that is
 * not remembered, up to the first refusal.
 *
 * @param from First link to check; the links above it were checked by the same call.
 * @returns The first refusal from the root: `signature_invalid`, `key_not_authorized`, `unsupported`,
 *   `did_unresolvable`.
 */
export function openChain(
  chain: ParsedChain,
  options: OpenLinkOptions,
  from = 0,
): MaybePromise<Verdict<VerifiedChain>> {
  const link = chain[from]
  if (link === undefined) return accept(chain as VerifiedChain)
  return andThen(openLink(link, options), (opened) =>
    opened.verified ? openChain(chain, options, from + 1) : atLink(opened, from),
  )
}
