import type { Call } from '../sql/messages.ts'
import type { LeaseQuotas } from '../sql/session.ts'

export interface ThreadOptions extends LeaseQuotas {
  readonly role: 'writer' | 'reader'
  readonly file: string
}

/** Id of the answer that says that the file is open, or why it is not. Calls are counted from 1. */
export const OPENING = 0

/** To a store thread: the calls of one turn of the event loop, or the request to finish them and close. */
export type ServiceMessage =
  | { readonly kind: 'calls'; readonly calls: readonly Call[] }
  | { readonly kind: 'close' }
