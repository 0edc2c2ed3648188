import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../../helpers/postgres.ts'
import type { ServiceProcess } from '../../helpers/service-process.ts'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { type Cluster, liveOnSharedDatabase } from '../shared-database.ts'
import { startWire, type Wire } from '../wire.ts'

/** Longest time under load between two cuts, in milliseconds. */
const BETWEEN_MS = 3_000

/** That the wire is silent is noticed by then (docs/operations.md), and told a moment later on a machine that is busy, in milliseconds. */
const NOTICED_MS = 15_000
const MOMENT_MS = 3_000

/** For so long a wire is cut, in milliseconds: too short to be noticed, around the notice, and long after it. */
const LENGTHS = [
  { name: 'short cuts', leastMs: 500, mostMs: 3_000 },
  { name: 'middling cuts', leastMs: 4_000, mostMs: 18_000 },
  { name: 'long cuts', leastMs: 20_000, mostMs: 35_000 },
] as const

/** Longest that a service tries to connect, and a moment, in milliseconds: then it knows that an earlier cut is over. */
const CALM_MS = 12_000

/** For so long a caller asks again and again, in milliseconds: longer than a cut and the recovery from it. */
const PATIENCE_MS = 80_000

export const postgresNetwork: Scenario = {
  name: 'postgres-network',
  about:
    'The wire between three services under load and their server falls silent, as a cut cable does, for a second up to longer than any of them waits.',
  needs: ['postgresql', 'network namespaces, as root'],
  rounds: 9,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { rounds, random, progress, defer } = context
  const counts = new Counts()
  const wire = await startWire()
  defer(() => wire.close())
  const server = await startPostgres({ network: wire.network })
  defer(() => server.stop())
  await liveOnSharedDatabase(context, counts, {
    server,
    patienceMs: PATIENCE_MS,
    async make(cluster) {
      for (let round = 0; round < rounds && counts.violations() === 0; round++) {
        const { name, leastMs, mostMs } = LENGTHS[round % LENGTHS.length] ?? LENGTHS[0]
        const forMs = leastMs + random.below(mostMs - leastMs)
        progress(`cut ${round + 1} of ${rounds} for ${forMs} ms, ${cluster.ledger.issued.size} issued`)
        await sleep(random.below(BETWEEN_MS) + (leastMs > NOTICED_MS ? CALM_MS : 0))
        await cutFor(forMs, { wire, cluster, counts })
        counts.add(name)
        await cluster.awaitRecovery()
      }
      counts.add('longest wait for an answer, ms', cluster.waits.longest)
    },
  })
  return counts
}

interface Cut {
  readonly wire: Wire
  readonly cluster: Cluster
  readonly counts: Counts
}

async function cutFor(ms: number, cut: Cut): Promise<void> {
  const told = cut.cluster.services.map(countAlarms)
  const at = performance.now()
  await cut.wire.cut()
  const noticed = ms > NOTICED_MS + MOMENT_MS ? judgeNotices(cut, { at, told }) : undefined
  await sleep(ms)
  await noticed
  await cut.wire.mend()
}

/** Each service says that the server is away, and whoever waits since before the cut is answered. */
async function judgeNotices(
  { cluster, counts }: Cut,
  before: { readonly at: number; readonly told: readonly number[] },
): Promise<void> {
  await sleep(NOTICED_MS + MOMENT_MS)
  for (const [i, service] of cluster.services.entries())
    if (countAlarms(service) === before.told[i]) counts.violate('conduct', `service ${i} notices no cut`)
  const waiting = cluster.waits.since(before.at)
  if (waiting > 0) counts.violate('conduct', `${waiting} requests of before the cut wait for an answer`)
  else counts.add('cuts noticed in time')
}

function countAlarms({ output }: ServiceProcess): number {
  return output.filter((line) => line.includes('"code":"database_away"')).length
}
