import type { Chance } from './random.ts'

/**
 * Tries one case. @param keep Told of the input as soon as it is made, so that it can be shown when the case fails.
 * @returns What came of it, for the tally.
 */
export type Try = (chance: Chance, keep: (input: string) => void) => Promise<string>

/** Something that is fed with what hostile senders would send. */
export interface Target {
  readonly name: string
  /** Its part of all cases, in relation to the others'. */
  readonly share: number
  prepare(seed: string): Promise<Try>
}
