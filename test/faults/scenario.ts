import { spawnSync } from 'node:child_process'
import type { Chance } from '../fuzz/random.ts'
import { postgresPrograms } from '../helpers/postgres.ts'
import type { Counts } from './counts.ts'

/** Programs from outside, and how to see that they are there and may do what is asked of them. */
const PROGRAMS = {
  strace: () => runs('strace', '-V'),
  prlimit: () => runs('prlimit', '--version'),
  'unshare with a tmpfs': () => runs('unshare', '-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'),
  'network namespaces, as root': () => runs('unshare', '-n', 'ip', 'link', 'add', 'type', 'bridge'),
  faketime: () => runs('faketime', '--version'),
  postgresql: () => postgresPrograms() !== undefined,
} as const satisfies Readonly<Record<string, () => boolean>>

export type Need = keyof typeof PROGRAMS

/** One kind of trouble, made again and again, and what must hold all the same. */
export interface Scenario {
  /** In kebab-case, as the command line names it. */
  readonly name: string
  /** One sentence: what is done to whom. */
  readonly about: string
  readonly needs: readonly Need[]
  /** How many rounds the whole run does; what a round is, the scenario says. */
  readonly rounds: number
  /**
   * Counts what it did and what it found; a broken promise is counted, not thrown. What is thrown is counted as one.
   */
  run(context: ScenarioContext): Promise<Counts>
}

export interface ScenarioContext {
  readonly rounds: number
  /** The same for the same seed. What processes do at once is not. */
  readonly random: Chance
  /** Says what is done now. */
  progress(what: string): void
  /** Empty, for this scenario alone; removed afterwards unless a promise was broken. */
  readonly folder: string
  /** To be called when the scenario has ended or is interrupted, last first: ends processes. Idempotent and total. */
  defer(end: () => unknown): void
}

/** Which of the programs that a scenario needs are not here. */
export function missingPrograms({ needs }: Scenario): readonly Need[] {
  return needs.filter((need) => !PROGRAMS[need]())
}

function runs(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0
}
