import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { type Line, startLoad } from '../store-load.ts'
import { countAcknowledged, countFindings, countLost } from '../verdicts.ts'

/** Most changes that a process makes before it is killed. */
const CHANGES = 600

/**
 * What a kill shows: that nothing is acknowledged before it is written, and that any moment leaves a whole file. It does
 * not show that it is on the disk, because the system's cache outlives the process; injected errors do.
 */
export const storeKills: Scenario = {
  name: 'store-kills',
  about: 'The process of the SQLite store is killed at random moments while 16 lanes change it.',
  needs: [],
  rounds: 30,
  run,
}

async function run({ rounds, random, progress, folder, defer }: ScenarioContext): Promise<Counts> {
  const counts = new Counts()
  const file = join(folder, 'procura.sqlite')
  const lines: Line[] = []
  for (let round = 0; round < rounds && counts.violations() === 0; round++) {
    progress(`kill ${round + 1} of ${rounds}`)
    const load = startLoad(file)
    defer(() => load.kill())
    const changes = random.below(CHANGES)
    await load.until(() => load.lines.length > changes)
    await sleep(random.below(20))
    load.kill()
    await load.ended
    lines.push(...load.lines)
    counts.add('kills')
    const failed = load.lines.find(({ what }) => what === 'failure' || what === 'dead')
    if (failed !== undefined) counts.violate('conduct', `a change failed: ${failed.code}`)
    await countLost(counts, file, load.lines)
  }
  countAcknowledged(counts, lines)
  await countLost(counts, file, lines)
  await countFindings(counts, file)
  return counts
}
