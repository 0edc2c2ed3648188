import type { Fault } from './fault.ts'

export interface ThreadOptions {
  readonly role: 'writer' | 'reader'
  readonly file: string
  readonly leaseQuotaPerAgent: number
}

/** Id of the answer that says that the file is open, or why it is not. Calls are counted from 1. */
export const OPENING = 0

/** One call that the service makes of a store thread. */
export interface Call {
  readonly id: number
  readonly name: string
  readonly args: readonly unknown[]
}

export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly fault: Fault })

export interface Answered {
  readonly answers: readonly Answer[]
  /** Tenants whose lists changed, so that something is to be published. */
  readonly changed: readonly string[]
}

/** To a store thread: the calls of one turn of the event loop, or the request to finish them and close. */
export type ServiceMessage =
  | { readonly kind: 'calls'; readonly calls: readonly Call[] }
  | { readonly kind: 'close' }
