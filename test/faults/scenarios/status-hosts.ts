import { join } from 'node:path'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { type Places, StatusLife } from '../status/status-life.ts'

/** What happens in one round, one thing after the other. */
const STEPS = 60

/**
 * Time is what the issuer and the verifier are told, so that hours pass in milliseconds; the sockets, the files and the kills
 * are real.
 */
export const statusHosts: Scenario = {
  name: 'status-hosts',
  about:
    'A host of status lies, fails and hangs, the issuer is away for hours, clocks are off, and the verifier is killed (kill -9), also while it writes its state, while revocations go on.',
  needs: [],
  rounds: 25,
  run: (context) => run(context, 'one place'),
}

export const statusMirrors: Scenario = {
  name: 'status-mirrors',
  about:
    'The same with two hosts that lie, fail and hang, and a mirror behind them that does not: all works as if there were it alone.',
  needs: [],
  rounds: 25,
  run: (context) => run(context, 'mirrors'),
}

async function run(
  { rounds, random, progress, folder, defer }: ScenarioContext,
  places: Places,
): Promise<Counts> {
  const counts = new Counts()
  for (const name of ['looks', 'verdicts', 'accepted within the bound', 'kills', 'kills while it writes'])
    counts.add(name, 0)
  for (let round = 0; round < rounds && counts.violations() === 0; round++) {
    progress(`round ${round + 1} of ${rounds}, ${counts.number('verdicts')} verdicts`)
    const life = await StatusLife.start(counts, random, join(folder, String(round)), places)
    defer(() => life.close())
    for (let step = 0; step < STEPS && counts.violations() === 0; step++) await life.step()
    await life.end()
    await life.close()
  }
  return counts
}
