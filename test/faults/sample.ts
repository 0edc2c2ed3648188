import { rm } from 'node:fs/promises'
import { expect, type TestContext } from 'vitest'
import { requireOrSkip } from '../helpers/available.ts'
import { runScenario } from './run-scenario.ts'
import { missingPrograms, type Scenario } from './scenario.ts'

/** A few rounds of what `npm run faults` does in hundreds. @returns What was done, when nothing was broken. */
export async function sample(
  ctx: TestContext,
  scenario: Scenario,
  rounds: number,
): Promise<Readonly<Record<string, number>>> {
  const missing = missingPrograms(scenario)
  requireOrSkip(ctx, missing.join(' and '), missing.length === 0)
  const result = await runScenario(scenario, { seed: String(Date.now()), rounds })
  if (!('counts' in result)) throw new Error('it did not run')
  if (result.folder !== undefined) await rm(result.folder, { recursive: true })
  expect(result.counts.texts()).toEqual([])
  expect(result.counts.violations()).toBe(0)
  return result.counts.numbers()
}
