import { encodeBase64url } from '../core/base64url.ts'
import { CLOCK_SKEW_MS } from '../core/clock.ts'
import { andThen, type MaybePromise } from '../core/maybe-promise.ts'
import { accept, refuse, type Verdict } from '../refusal.ts'
import type { ReplayStore } from './ports.ts'

/** What is good for one use. */
export interface SingleUse {
  /** RFC 7638 thumbprint of the presenter's key. */
  readonly keyThumbprint: string
  /** What kind of proof it is, so that a nonce of one kind is none of another. */
  readonly tag: string
  /** Decoded. */
  readonly nonce: Uint8Array
  /** Milliseconds since 1970. It is remembered for {@link CLOCK_SKEW_MS} longer, as it is accepted for so long. */
  readonly expiresAtMs: number
}

/**
 * Uses up a nonce (docs/spec/06-presenting.md "Replay"). A store that cannot tell refuses.
 *
 * @param store One that answers in time and never throws, as those in this process and those that are guarded.
 * @returns `replayed`, `replay_unavailable`.
 */
export function useNonce(
  store: ReplayStore,
  { keyThumbprint, tag, nonce, expiresAtMs }: SingleUse,
): MaybePromise<Verdict<void>> {
  const text = `${tag} ${encodeBase64url(nonce)}`
  return andThen(store.use(keyThumbprint, text, expiresAtMs + CLOCK_SKEW_MS), (answer) => {
    if (answer === 'replayed') return refuse('replayed')
    return answer === 'fresh' ? accept(undefined) : refuse('replay_unavailable')
  })
}
