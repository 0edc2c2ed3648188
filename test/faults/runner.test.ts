import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readArguments } from './arguments.ts'
import { Counts } from './counts.ts'
import { formatJson, formatResult, formatTotal, isGood } from './report.ts'
import { runScenario } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'

function scenarioThat(run: Scenario['run']): Scenario {
  return { name: 'trial', about: 'A trial.', needs: [], rounds: 3, run }
}

const good = scenarioThat(async ({ rounds }) => {
  const counts = new Counts()
  counts.add('kills', rounds)
  return counts
})

const broken = scenarioThat(async () => {
  const counts = new Counts()
  counts.violate('INV3', 'credential 7 is lost')
  return counts
})

const throwing = scenarioThat(async () => {
  throw new Error('it did not start')
})

describe('a scenario', () => {
  it('does its own number of rounds, or the one asked for, and leaves nothing behind', async () => {
    const folders: string[] = []
    const seen = scenarioThat(async (context) => {
      folders.push(context.folder)
      return good.run(context)
    })
    const results = [
      await runScenario(seen, { seed: '1' }),
      await runScenario(seen, { seed: '1', rounds: 8 }),
    ]

    expect(results.map((result) => 'counts' in result && result.counts.number('kills'))).toEqual([3, 8])
    expect(results.every(isGood)).toBe(true)
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, false])
  })

  it('chooses the same for the same seed', async () => {
    const chosen: number[] = []
    const choosing = scenarioThat(async (context) => {
      chosen.push(context.random.below(1_000_000))
      return good.run(context)
    })
    for (const seed of ['a', 'a', 'b']) await runScenario(choosing, { seed })

    expect(chosen[0]).toBe(chosen[1])
    expect(chosen[0]).not.toBe(chosen[2])
  })

  it.each([
    ['that breaks a promise', broken, 'INV3'],
    ['that cannot go on', throwing, 'conduct'],
  ] as const)('%s is not good, and its files are kept', async (_, scenario, invariant) => {
    const result = await runScenario(scenario, { seed: '1' })
    if (!('counts' in result) || result.folder === undefined) throw new Error('no folder was kept')
    const { folder } = result
    onTestFinished(() => rm(folder, { recursive: true }))

    expect(isGood(result)).toBe(false)
    expect(result.counts.violations(invariant)).toBe(1)
    expect(existsSync(folder)).toBe(true)
    expect(formatResult(result)).toContain(`${invariant} 1`)
  })

  it('ends what it started, last first, however it went', async () => {
    const ended: number[] = []
    const starting = scenarioThat(async ({ defer }) => {
      defer(() => ended.push(1))
      defer(() => ended.push(2))
      throw new Error('it did not start')
    })
    const result = await runScenario(starting, { seed: '1' })
    onTestFinished(() => ('counts' in result ? rm(result.folder ?? '', { recursive: true }) : undefined))

    expect(ended).toEqual([2, 1])
  })

  it('that is interrupted ends what it started, then and later', async () => {
    const ended: string[] = []
    const interruption = new AbortController()
    const endless = scenarioThat(({ defer }) => {
      defer(() => ended.push('first'))
      return new Promise(() => setTimeout(() => defer(() => ended.push('late')), 50))
    })
    const running = runScenario(endless, { seed: '1', signal: interruption.signal })
    setTimeout(() => interruption.abort(), 20)
    await running

    expect(ended).toEqual(['first'])
    await expect.poll(() => ended).toEqual(['first', 'late'])
  })
})

describe('the report', () => {
  it('gives one object a line to programs, with each invariant', async () => {
    const { violations, counts } = JSON.parse(formatJson(await runScenario(good, { seed: '1' }), '1'))

    expect(counts).toEqual({ kills: 3 })
    expect(Object.keys(violations)).toEqual([...[1, 2, 3, 4, 5, 6, 7].map((n) => `INV${n}`), 'conduct'])
  })

  it('counts a scenario that lacks a program as not run', () => {
    const result = { scenario: good, missing: ['faketime'] } as const

    expect(isGood(result)).toBe(false)
    expect(formatResult(result)).toContain('not run: needs faketime')
    expect(formatTotal([result], '1')).toContain('0 ok, 0 broken, 1 not run')
  })
})

describe('the arguments', () => {
  const known = [good, { ...good, name: 'other' }]

  it('choose scenarios, rounds and seed', () => {
    const wanted = readArguments(['other', '--rounds', '5', '--seed', 'x', '--json'], known)

    expect(wanted).toEqual({ scenarios: [known[1]], rounds: 5, seed: 'x', json: true })
    expect(readArguments([], known)).toMatchObject({ scenarios: known, json: false })
  })

  it.each([['another'], ['--rounds', '0'], ['--rounds', 'x'], ['--quick']])('refuse %s %s', (...words) => {
    expect(() => readArguments(words, known)).toThrow()
  })
})
