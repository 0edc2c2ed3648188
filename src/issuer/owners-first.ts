import type { HeldLists } from './held-lists.ts'
import type { ListContent } from './published-status.ts'

/** More lists than these take noticeably longer than one. */
const MANY_LISTS = 4

/**
 * Which lists are published now. Where there is much to publish, those of owners come first, in a head of their own: below an owner
 * who was revoked everything is refused by that one bit. Not when lists of a revoked key are to be signed anew, which no head may lack.
 *
 * @param dirty All that are to be published.
 */
export function ownersFirst(
  dirty: readonly ListContent[],
  { disowned }: Pick<HeldLists, 'disowned'>,
): readonly ListContent[] {
  const owners = dirty.filter(({ kind }) => kind === 'owner')
  const isWorthwhile = dirty.length > MANY_LISTS && owners.length > 0 && disowned.length === 0
  return isWorthwhile ? owners : dirty
}
