import type { JsonObject } from '../../../src/core/json.ts'
import type { Person } from '../../helpers/world.ts'
import { median } from '../cost.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { TOGETHER } from './durable.ts'
import { ratePerSecond } from './in-flight.ts'
import { addGrantees, type BenchPlace, ENTITLEMENTS, type Grantee, openIssuer } from './issuer.ts'
import type { BenchService, Ready } from './service.ts'
import { signRun } from './signed-run.ts'
import { commitMs } from './yardsticks.ts'

const ROUNDS = 7
const WARMUP_ROUNDS = 3
const REQUESTS_PER_ROUND = 300

/** Runs that are registered and completed one after the other; before them, others that do not count. */
const RUNS = 150
const WARMUP_RUNS = 50

/** Indexes that the delegation of the runs leases. */
const LEASED = 200

/** What a run may take beside its two commits, in milliseconds. */
const RUN_ALLOWANCE_MS = 3

/** Issuing over HTTP, beside an answer that says nothing to the same request. */
export async function* httpRows(
  service: BenchService,
  grantees: readonly Grantee[],
  progress: Progress,
): AsyncGenerator<Row> {
  progress('issue.http.vs_hello')
  let asked = 0
  const requests = (path: string): Promise<readonly Ready[]> =>
    Promise.all(
      Array.from({ length: REQUESTS_PER_ROUND }, () => service.sign('POST', path, body(grantees, asked++))),
    )
  const rates: { hello: number; issue: number }[] = []
  for (let round = 0; round < ROUNDS + WARMUP_ROUNDS; round++) {
    const rate = async (path: string) => {
      const ready = await requests(path)
      return await ratePerSecond(ready.length, TOGETHER, async (i) => {
        const next = ready[i]
        if (next !== undefined) await service.send(next)
      })
    }
    const measured = { hello: await rate('/v1/hello'), issue: await rate('/v1/delegations') }
    if (round >= WARMUP_ROUNDS) rates.push(measured)
  }
  yield rowOf('issue.http.per_s', median(rates.map(({ issue }) => issue)), '1/s')
  const ratio = median(rates.map(({ issue, hello }) => issue / hello))
  yield rowOf('issue.http.vs_hello', ratio, 'x', { atLeast: 0.6 })
}

function body(grantees: readonly Grantee[], asked: number): JsonObject {
  const agent = grantees[asked % grantees.length]?.parties.agent.id ?? ''
  return { agent, authorizationDetails: [...ENTITLEMENTS], maxDepth: 2 }
}

/** A run from its registration to its end, as its agent sees it, over HTTP. */
export async function* runRows(
  service: BenchService,
  { person, parties }: Grantee,
  place: BenchPlace,
  progress: Progress,
): AsyncGenerator<Row> {
  progress('run.register_complete')
  const times: number[] = []
  while (times.length < RUNS + WARMUP_RUNS) {
    const grant = {
      agent: parties.agent.id,
      authorizationDetails: [...ENTITLEMENTS],
      maxDepth: 2,
      leaseSize: LEASED,
    }
    const { text } = await service.post('/v1/delegations', grant)
    const { id, chain } = JSON.parse(text) as { id: string; chain: readonly string[] }
    for (let nth = 0; nth < LEASED && times.length < RUNS + WARMUP_RUNS; nth++) {
      times.push(await registerAndComplete(service, chain[1] ?? '', person, nth))
    }
    await service.post(`/v1/delegations/${id}/revoke`, { reason: 'measured' })
  }
  const commit = commitMs(`${place.dataDir}/commits-of-runs.db`)
  const most = { atMost: 2 * commit + RUN_ALLOWANCE_MS }
  yield rowOf('run.register_complete', median(times.slice(WARMUP_RUNS)), 'ms', most)
}

async function registerAndComplete(
  service: BenchService,
  delegation: string,
  agent: Person,
  nth: number,
): Promise<number> {
  const { id, text } = await signRun(delegation, agent, nth)
  const register = await service.sign('POST', '/v1/runs', { chain: [delegation, text] }, agent.signer)
  const complete = await service.sign('POST', `/v1/runs/${id}/complete`, {}, agent.signer)
  const start = performance.now()
  await service.send(register)
  await service.send(complete)
  return performance.now() - start
}

/** Owners with agents in a place where no service runs yet. */
export async function addGranteesTo(
  place: BenchPlace,
  count: { readonly owners: number; readonly agents: number },
): Promise<readonly Grantee[]> {
  const opened = await openIssuer(place)
  try {
    return await addGrantees(opened, place, count)
  } finally {
    await opened.close()
  }
}
