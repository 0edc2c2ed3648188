import type { Answer, Request } from '../shared-stores.ts'

/** What the file is asked: as any store, and for the status that is kept in it. */
export type FileRequest =
  | Request
  | { readonly kind: 'load'; readonly authority: string; readonly now: number }
  | { readonly kind: 'save'; readonly authority: string; readonly status: Uint8Array; readonly now: number }

/** What it answers: bytes are a status. */
export type FileAnswer = Answer | Uint8Array

/** What the thread is started with. */
export interface ThreadOptions {
  readonly file: string
  readonly maxBytes: number
}

/** To the thread: requests by their ids, or the wish that it ends once it has answered them. */
export type ToThread =
  | { readonly kind: 'requests'; readonly requests: readonly (readonly [id: number, request: FileRequest])[] }
  | { readonly kind: 'close' }

/** From the thread: it is open, or cannot be; what it answers, or why it cannot. */
export type FromThread =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'answers'; readonly answers: readonly (readonly [id: number, answer: FileAnswer])[] }
  | { readonly kind: 'failed'; readonly ids: readonly number[]; readonly reason: string }
