import type { JsonObject } from '../../../src/core/json.ts'
import { MAX_BATCH_DELEGATIONS } from '../../../src/server/limits.ts'
import { median } from '../cost.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { ratePerSecond } from './in-flight.ts'
import {
  addGrantees,
  ENTITLEMENTS,
  type Grantee,
  issueTo,
  makePlace,
  openIssuer,
  removePlace,
} from './issuer.ts'
import type { BenchService } from './service.ts'

const ROUNDS = 7
const WARMUP_ROUNDS = 3

/** Requests of a round; two are under way together, so that the service need not wait for the next one. */
const BATCHES = 5
const BATCHES_TOGETHER = 2

/** Each may hold 32 delegations. */
const GRANTEES = { owners: 10, agents: 120 }

/** Several delegations with each request, beside as many that are issued without one, by an issuer of this process. */
export async function* batchRow(
  service: BenchService,
  grantees: readonly Grantee[],
  progress: Progress,
): AsyncGenerator<Row> {
  progress('issue.http_batch.vs_inprocess')
  const place = await makePlace('https://id.example')
  const opened = await openIssuer(place)
  try {
    const own = await addGrantees(opened, place, GRANTEES)
    let issued = 0
    const issueHere = async () => {
      const grantee = own[issued++ % own.length]
      if (grantee !== undefined) await issueTo(opened.issuer, place, grantee)
    }
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS + WARMUP_ROUNDS; round++) {
      const served = await servedRate(service, grantees, round)
      const here = await ratePerSecond(BATCHES * MAX_BATCH_DELEGATIONS, MAX_BATCH_DELEGATIONS, issueHere)
      if (round >= WARMUP_ROUNDS) ratios.push(served / here)
    }
    yield rowOf('issue.http_batch.vs_inprocess', median(ratios), 'x', { atLeast: 0.8 })
  } finally {
    await opened.close()
    await removePlace(place)
  }
}

/** @returns Delegations in a second, over HTTP. */
async function servedRate(
  service: BenchService,
  grantees: readonly Grantee[],
  round: number,
): Promise<number> {
  const sign = (nth: number) =>
    service.sign('POST', '/v1/delegations/batch', bodyOf(grantees, round * BATCHES + nth))
  const ready = await Promise.all(Array.from({ length: BATCHES }, (_, nth) => sign(nth)))
  const requests = await ratePerSecond(BATCHES, BATCHES_TOGETHER, async (nth) => {
    const next = ready[nth]
    if (next !== undefined) assertIssued((await service.send(next)).text)
  })
  return requests * MAX_BATCH_DELEGATIONS
}

function bodyOf(grantees: readonly Grantee[], batch: number): JsonObject {
  const one = (nth: number) => {
    const agent = grantees[(batch * MAX_BATCH_DELEGATIONS + nth) % grantees.length]?.parties.agent.id ?? ''
    return { agent, authorizationDetails: [...ENTITLEMENTS], maxDepth: 2 }
  }
  return { delegations: Array.from({ length: MAX_BATCH_DELEGATIONS }, (_, nth) => one(nth)) }
}

/** @throws {Error} for one that was refused: nothing here should be. */
function assertIssued(text: string): void {
  const { items } = JSON.parse(text) as { readonly items: readonly object[] }
  if (!items.every((item) => 'delegation' in item)) throw new Error('the service refuses a part of a batch')
}
