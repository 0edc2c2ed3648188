import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Chance } from '../fuzz/random.ts'
import { Counts } from './counts.ts'
import type { Result } from './report.ts'
import { missingPrograms, type Scenario, type ScenarioContext } from './scenario.ts'

export interface RunOptions {
  readonly seed: string
  readonly rounds?: number
  progress?(what: string): void
  /** Aborted: what the scenario started is ended, and it with it. */
  readonly signal?: AbortSignal
}

/** Runs one scenario in a folder of its own, which is kept when a promise was broken, and ends what it started. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Result> {
  const missing = missingPrograms(scenario)
  if (missing.length > 0) return { scenario, missing }
  const { seed, rounds = scenario.rounds, progress = () => undefined, signal } = options
  const folder = await mkdtemp(join(tmpdir(), `procura-${scenario.name}-`))
  const ends = new Ends()
  const started = performance.now()
  const random = new Chance(`${seed}/${scenario.name}`)
  const defer = (end: () => unknown) => ends.defer(end)
  const running = countAll(scenario, { rounds, random, progress, folder, defer })
  const counts = (await Promise.race([running, abortion(signal)])) ?? new Counts()
  await ends.run()
  const result = { scenario, counts, rounds, seconds: (performance.now() - started) / 1000 }
  if (counts.violations() > 0) return { ...result, folder }
  await rm(folder, { recursive: true, force: true })
  return result
}

/** What is to be called at the end, last first; at once for what comes after the end. */
class Ends {
  readonly #ends: (() => unknown)[] = []
  #hasRun = false

  defer(end: () => unknown): void {
    if (this.#hasRun) end()
    else this.#ends.push(end)
  }

  async run(): Promise<void> {
    this.#hasRun = true
    for (const end of this.#ends.reverse()) await end()
  }
}

function abortion(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(undefined), { once: true }))
}

async function countAll(scenario: Scenario, context: ScenarioContext): Promise<Counts> {
  try {
    return await scenario.run(context)
  } catch (error) {
    const counts = new Counts()
    counts.violate('conduct', error instanceof Error ? (error.stack ?? error.message) : String(error))
    return counts
  }
}
