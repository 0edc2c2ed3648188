import type { Answer, Request } from '../shared-stores.ts'

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
