import type { KeptChain, NonceUse, UsageAnswer, UsageCharge } from '../../verifier/ports.ts'

/** What a store is asked. `now`: milliseconds since 1970, by the clock of whoever asks. */
export type Request =
  | {
      readonly kind: 'reserve'
      readonly agent: string
      readonly charges: readonly UsageCharge[]
      readonly now: number
    }
  | {
      readonly kind: 'release'
      readonly agent: string
      readonly charges: readonly UsageCharge[]
      readonly now: number
    }
  | {
      readonly kind: 'use'
      readonly holder: string
      readonly nonce: string
      readonly expiresAt: number
      readonly now: number
    }
  | { readonly kind: 'find'; readonly digest: string; readonly now: number }
  | { readonly kind: 'keep'; readonly digest: string; readonly chain: KeptChain; readonly now: number }

/** `undefined`: nothing to say, nothing found, or not kept. */
export type Answer = UsageAnswer | NonceUse | { readonly texts: readonly string[] } | 'kept' | undefined

/** What the thread is started with. */
export interface ThreadOptions {
  readonly file: string
  readonly maxBytes: number
}

/** To the thread: requests by their ids, or the wish that it ends once it has answered them. */
export type ToThread =
  | { readonly kind: 'requests'; readonly requests: readonly (readonly [id: number, request: Request])[] }
  | { readonly kind: 'close' }

/** From the thread: it is open, or cannot be; what it answers, or why it cannot. */
export type FromThread =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'answers'; readonly answers: readonly (readonly [id: number, answer: Answer])[] }
  | { readonly kind: 'failed'; readonly ids: readonly number[]; readonly reason: string }
