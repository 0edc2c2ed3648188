import { freePort } from '../../../examples/support/loopback.ts'
import type { Progress } from '../measure.ts'
import type { Row } from '../rows.ts'
import { batchRow } from './batch.ts'
import { cascadeRow } from './cascade.ts'
import { durableRows } from './durable.ts'
import { effectiveRows } from './effective.ts'
import { addGranteesTo, httpRows, runRows } from './http.ts'
import { type BenchPlace, makePlace, removePlace } from './issuer.ts'
import { type GrownOwner, growRegistry } from './registry.ts'
import { publishRows } from './revocation.ts'
import { scaleRows } from './scale.ts'
import { BenchService } from './service.ts'
import { sizeName } from './sizes.ts'

/** Rows of the registries, the largest last. */
const SIZES = [1e4, 1e5, 1e6]
const QUICK_SIZES = [1e3, 1e4]

/** From here on a cascade is compared with SQL, so often each way. */
const CASCADE_ROUNDS: ReadonlyMap<number, number> = new Map([
  [1e4, 3],
  [1e5, 3],
  [1e6, 2],
])

/** In the largest registry, beside the largest owner: how many owners with so many descendants. */
const OTHER_OWNERS: readonly (readonly [descendants: number, owners: number])[] = [
  [1e4, 5],
  [10, 23],
]

/** What issuing, revoking and cascades cost: the group `issue` of docs/performance.md. */
export async function* issueRows(progress: Progress, peers: boolean, isQuick: boolean): AsyncGenerator<Row> {
  yield* durableRows(progress, peers)
  yield* servedRows(progress)
  const sizes = isQuick ? QUICK_SIZES : SIZES
  for (const size of sizes) yield* registryRows(size, size === sizes.at(-1), progress)
}

/** What is asked of a service in a process of its own. */
async function* servedRows(progress: Progress): AsyncGenerator<Row> {
  const place = await makePlace(await loopbackOrigin())
  try {
    const [first, ...others] = await addGranteesTo(place, { owners: 10, agents: 310 })
    const service = await BenchService.start(place)
    try {
      yield* httpRows(service, others, progress)
      yield* batchRow(service, others, progress)
      if (first !== undefined) yield* runRows(service, first, place, progress)
      yield* publishRows(service, others, place, progress)
    } finally {
      await service.close()
    }
  } finally {
    await removePlace(place)
  }
}

async function* registryRows(size: number, isLargest: boolean, progress: Progress): AsyncGenerator<Row> {
  progress(`a registry of ${size} rows`)
  const place = await makePlace(await loopbackOrigin())
  try {
    const owners = await growRegistry(place, isLargest ? [size, ...otherOwners(size)] : [size])
    yield* scaleRows(sizeName(size), place, progress)
    yield* cascadeRows(size, place, owners, progress)
    if (isLargest) yield* effectiveRows(place, owners, progress)
  } finally {
    await removePlace(place)
  }
}

async function* cascadeRows(
  size: number,
  place: BenchPlace,
  [owner]: readonly GrownOwner[],
  progress: Progress,
): AsyncGenerator<Row> {
  const rounds = CASCADE_ROUNDS.get(size)
  if (rounds === undefined || owner === undefined) return
  yield await cascadeRow(`cascade.${sizeName(size)}`, place, owner, rounds, progress)
}

function otherOwners(below: number): readonly number[] {
  return OTHER_OWNERS.filter(([descendants]) => descendants < below).flatMap(([descendants, owners]) =>
    Array.from({ length: owners }, () => descendants),
  )
}

async function loopbackOrigin(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`
}
