import type { Fault } from './fault.ts'

/** One call of a method of the store, by its name. */
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
