import { rm } from 'node:fs/promises'
import { expect, it, type TestContext } from 'vitest'
import { requireOrSkip } from '../helpers/available.ts'
import { runScenario } from './run-scenario.ts'
import { missingPrograms, type Scenario } from './scenario.ts'
import { storeKills } from './scenarios/store-kills.ts'

/** A few rounds of what `npm run faults` does in hundreds. @returns What was done, when nothing was broken. */
async function sample(
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

const LIMIT = { timeout: 240_000 }

it(
  'keeps all that it acknowledged, killed under load [ST-01] [ST-02] [ST-06] [PD-24] [AL-04]',
  LIMIT,
  async (ctx) => {
    const counts = await sample(ctx, storeKills, 5)

    expect(counts).toMatchObject({ kills: 5, lost: 0, 'fsck findings': 0 })
    expect(counts['changes acknowledged']).toBeGreaterThan(500)
    expect(counts['of these revocations']).toBeGreaterThan(50)
  },
)
