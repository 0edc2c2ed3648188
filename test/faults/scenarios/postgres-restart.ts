import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../../helpers/postgres.ts'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { liveOnSharedDatabase } from '../shared-database.ts'

/** Longest time under load between two restarts of the server, in milliseconds. */
const BETWEEN_MS = 1_500

/** For so long a caller asks again and again, in milliseconds. */
const PATIENCE_MS = 40_000

export const postgresRestart: Scenario = {
  name: 'postgres-restart',
  about: 'The server of three services under load is restarted at once (SIGQUIT), again and again.',
  needs: ['postgresql'],
  rounds: 30,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { rounds, random, progress, defer } = context
  const counts = new Counts()
  const server = await startPostgres()
  defer(() => server.stop())
  await liveOnSharedDatabase(context, counts, {
    server,
    patienceMs: PATIENCE_MS,
    async make({ ledger, awaitRecovery }) {
      for (let round = 0; round < rounds && counts.violations() === 0; round++) {
        progress(`restart ${round + 1} of ${rounds}, ${ledger.issued.size} issued`)
        await sleep(random.below(BETWEEN_MS))
        await server.restart('immediate')
        counts.add('restarts')
        await awaitRecovery()
      }
    },
  })
  return counts
}
