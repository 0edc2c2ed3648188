import { expect, it, onTestFinished } from 'vitest'
import { temporaryFile } from '../server/store/fixtures.ts'
import { inconsistencies } from '../server/store/oracle.ts'
import { acknowledged, lost, startLoad } from './store-load.ts'

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
