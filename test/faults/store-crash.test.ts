import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryFile } from '../server/store/fixtures.ts'
import { inconsistencies } from '../server/store/oracle.ts'
import { acknowledged, type Line, lost, startLoad } from './store-load.ts'

const ROUNDS = 20

/**
 * What a kill shows: that nothing is acknowledged before it is written, and that any moment leaves a whole file. It does
 * not show that it is on the disk, because the system's cache outlives the process; store-disk.test.ts does.
 */
it(`keeps all that it acknowledged, killed at ${ROUNDS} moments under load [ST-01] [ST-02] [ST-06] [PD-24] [AL-04]`, {
  timeout: 240_000,
}, async () => {
  const file = await temporaryFile()
  const lines: Line[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const load = startLoad(file)
    onTestFinished(() => load.kill())
    const changes = Math.random() * 600
    await load.until(() => load.lines.length > changes)
    await sleep(Math.random() * 20)
    load.kill()
    await load.ended

    lines.push(...load.lines)
    expect(load.lines.filter(({ what }) => what === 'failure' || what === 'dead')).toEqual([])
    expect(await lost(file, lines)).toEqual([])
  }

  expect(await inconsistencies(file)).toEqual([])
  expect(acknowledged(lines)).toBeGreaterThan(ROUNDS * 100)
  for (const what of ['offboard', 'revoke', 'agent-end', 'complete', 'lease']) {
    expect(lines.some((line) => line.what === what)).toBe(true)
  }
})

it('lets two processes issue into one list, with distinct indexes and one audit chain [ST-03] [AL-11]', {
  timeout: 120_000,
}, async () => {
  const file = await temporaryFile()
  const first = startLoad(file)
  onTestFinished(() => first.kill())
  await first.until(({ what }) => what === 'ready')
  const second = startLoad(file)
  onTestFinished(() => second.kill())
  await second.until(({ what }) => what === 'ready')
  const changes = second.lines.length + 1_000
  await Promise.all([first, second].map((load) => load.until(() => load.lines.length > changes)))
  for (const load of [first, second]) {
    load.kill()
    await load.ended
  }

  const lines = [...first.lines, ...second.lines]
  expect(lines.filter(({ what }) => what === 'failure' || what === 'dead')).toEqual([])
  expect(await lost(file, lines)).toEqual([])
  expect(await inconsistencies(file)).toEqual([])
  expect(acknowledged(second.lines)).toBeGreaterThan(900)
})
