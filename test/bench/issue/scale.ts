import { performance } from 'node:perf_hooks'
import type { Issuer } from '../../../src/issuer/issuer.ts'
import { StatusPublication } from '../../../src/issuer/publish-status.ts'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { fsck } from '../../../src/server/fsck/fsck.ts'
import { median } from '../cost.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'
import { TOGETHER } from './durable.ts'
import { ratePerSecond } from './in-flight.ts'
import {
  addGrantees,
  adminContext,
  type BenchPlace,
  type Grantee,
  granted,
  issueTo,
  openIssuer,
} from './issuer.ts'
import { publish } from './proof.ts'

const ISSUED_PER_ROUND = 400
const ROUNDS = 5
const WARMUP_ROUNDS = 2
const REVOCATIONS = 9

/** How the same work goes in a registry with so many rows. Nothing here has a target: the plots show how it grows. */
export async function* scaleRows(size: string, place: BenchPlace, progress: Progress): AsyncGenerator<Row> {
  progress(`scale.${size}`)
  const opened = await openIssuer(place)
  const { issuer, tenant } = opened
  try {
    const publication = new StatusPublication(issuer, tenant)
    yield rowOf(`scale.${size}.publish_all`, await publishMs(publication), 'ms')
    const grantees = await addGrantees(opened, place, { owners: 4, agents: 120 })
    yield rowOf(`scale.${size}.issue`, await issueRate(issuer, place, grantees), '1/s')
    yield rowOf(`scale.${size}.publish_one`, await publishOneMs(issuer, publication, place, grantees), 'ms')
  } finally {
    await opened.close()
  }
  progress(`scale.${size}.fsck`)
  yield rowOf(`scale.${size}.fsck`, await fsckSeconds(place), 's')
}

async function publishMs(publication: StatusPublication): Promise<number> {
  const start = performance.now()
  await publish(publication)
  return performance.now() - start
}

async function issueRate(issuer: Issuer, place: BenchPlace, grantees: readonly Grantee[]): Promise<number> {
  const rates: number[] = []
  let issued = 0
  for (let round = 0; round < ROUNDS + WARMUP_ROUNDS; round++) {
    const rate = await ratePerSecond(ISSUED_PER_ROUND, TOGETHER, async () => {
      const grantee = grantees[issued++ % grantees.length]
      if (grantee !== undefined) await issueTo(issuer, place, grantee)
    })
    if (round >= WARMUP_ROUNDS) rates.push(rate)
  }
  return median(rates)
}

/** After one revocation. */
async function publishOneMs(
  issuer: Issuer,
  publication: StatusPublication,
  place: BenchPlace,
  grantees: readonly Grantee[],
): Promise<number> {
  const times: number[] = []
  for (const grantee of grantees.slice(0, REVOCATIONS)) {
    const { delegation } = await issueTo(issuer, place, grantee)
    granted(await issuer.store.revokeDelegation(delegation.id, 'left', adminContext(place)))
    times.push(await publishMs(publication))
  }
  return median(times)
}

async function fsckSeconds({ dataDir }: BenchPlace): Promise<number> {
  const start = performance.now()
  const { count, findings } = await fsck({ files: dataFiles(dataDir) })
  if (count > 0) throw new Error(`the registry of the benchmark is unsound: ${JSON.stringify(findings[0])}`)
  return (performance.now() - start) / 1000
}
