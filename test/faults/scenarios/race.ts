import { readBit } from '../../../src/status/bitstring.ts'
import { Counts } from '../counts.ts'
import { SPREAD_LIMIT, spreadOf } from '../index-spread.ts'
import type { RaceIssued, RaceOrder, RaceReport } from '../race-process.ts'
import { type Racer, startRacer } from '../racers.ts'
import { type DatabaseKind, newDatabase, revocationBits } from '../registry-database.ts'
import { addAgent, addOwner, issue, openRegistry } from '../registry-life.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { countFindings } from '../verdicts.ts'

/** What each round issues, and revokes. */
const OF_A_ROUND = 1_000

/** Of so many neighbours one is left alone, so that a bit too many would show; and one is revoked by every process. */
const SPARED_OF = 16
const SHARED_OF = 8

export const raceSqlite: Scenario = {
  name: 'race-sqlite',
  about:
    'Two processes issue from one list of a SQLite file, then revoke the same and neighbouring bits: 1,000 of each in a round.',
  needs: [],
  rounds: 12,
  run: (context) => run('sqlite', 2, context),
}

export const racePostgres: Scenario = {
  name: 'race-postgres',
  about:
    'Three processes issue from one list on PostgreSQL, then revoke the same and neighbouring bits: 1,000 of each in a round.',
  needs: ['postgresql'],
  rounds: 12,
  run: (context) => run('postgresql', 3, context),
}

async function run(kind: DatabaseKind, processes: number, context: ScenarioContext): Promise<Counts> {
  const counts = new Counts()
  const database = await newDatabase(kind, context)
  const store = await openRegistry(database)
  context.defer(() => store.close())
  const owner = await addOwner(store)
  await issue(store, { owner })
  const agent = await addAgent(store, owner.id)
  const racers: Racer[] = []
  for (let i = 0; i < processes; i++) {
    const racer = await startRacer(database)
    context.defer(() => racer.end())
    racers.push(racer)
  }
  const issued = await raceToIssue(racers, { counts, whose: { owner, agent }, context })
  countSpread(counts, issued)
  const revoked = await raceToRevoke(racers, issued, { counts, context })
  countBits(counts, { issued, revoked }, await revocationBits(store))
  context.progress('fsck')
  await countFindings(counts, database)
  return counts
}

interface Race {
  readonly counts: Counts
  readonly context: ScenarioContext
}

async function raceToIssue(
  racers: readonly Racer[],
  { counts, whose, context }: Race & { readonly whose: Extract<RaceOrder, { issue: number }>['whose'] },
): Promise<readonly RaceIssued[]> {
  const issued: RaceIssued[] = []
  for (let round = 0; round < context.rounds; round++) {
    context.progress(`issued ${round * OF_A_ROUND}`)
    const order = { issue: Math.ceil(OF_A_ROUND / racers.length), whose }
    const reports = await Promise.all(racers.map((racer) => racer.work(order)))
    countFailures(counts, reports)
    issued.push(...reports.flatMap((report) => report.issued))
  }
  counts.add('issues', issued.length)
  const distinct = new Set(issued.map(({ list, index }) => `${list}/${index}`)).size
  counts.add('indexes given twice', issued.length - distinct)
  if (distinct < issued.length) counts.violate('INV1', `${issued.length - distinct} indexes were given twice`)
  return issued
}

/** In the order of their bits, so that processes meet within bytes. */
async function raceToRevoke(
  racers: readonly Racer[],
  issued: readonly RaceIssued[],
  { counts, context }: Race,
): Promise<ReadonlySet<string>> {
  const inOrder = [...issued].sort((a, b) => a.list - b.list || a.index - b.index)
  const targets = inOrder.filter((_, i) => i % SPARED_OF !== 0)
  const revoked = new Set<string>()
  for (let from = 0; from < targets.length; from += OF_A_ROUND) {
    context.progress(`revoked ${from}`)
    const part = targets.slice(from, from + OF_A_ROUND)
    const orders = racers.map((_, mine) => ({
      revoke: part.flatMap(({ id }, i) => (i % racers.length === mine || i % SHARED_OF === 0 ? [id] : [])),
    }))
    const reports = await Promise.all(racers.map((racer, i) => racer.work(orders[i] ?? { revoke: [] })))
    countFailures(counts, reports)
    const done = reports.flatMap((report) => report.revoked)
    counts.add('revocations acknowledged', done.length)
    for (const id of done) revoked.add(id)
  }
  return revoked
}

function countFailures(counts: Counts, reports: readonly RaceReport[]): void {
  counts.add(
    'calls that the database could not do in time',
    reports.reduce((sum, { unavailable }) => sum + unavailable, 0),
  )
  for (const failure of reports.flatMap(({ failures }) => failures)) counts.violate('conduct', failure)
}

function countSpread(counts: Counts, issued: readonly RaceIssued[]): void {
  const spread = Math.round(spreadOf(issued.map(({ index }) => index)))
  counts.add(`chi-square of their spread (limit ${SPREAD_LIMIT})`, spread)
  if (spread > SPREAD_LIMIT)
    counts.violate('conduct', `indexes are not spread evenly: chi-square ${spread} of 63 degrees`)
}

function countBits(
  counts: Counts,
  { issued, revoked }: { readonly issued: readonly RaceIssued[]; readonly revoked: ReadonlySet<string> },
  lists: ReadonlyMap<number, Uint8Array>,
): void {
  counts.add('bits lost', 0)
  counts.add('bits too many', 0)
  for (const { id, list, index } of issued) {
    const isSet = readBit(lists.get(list) ?? new Uint8Array(), index) === true
    if (isSet === revoked.has(id)) continue
    counts.add(isSet ? 'bits too many' : 'bits lost')
    counts.violate(isSet ? 'INV5' : 'INV3', `bit ${list}/${index} of ${id}`)
  }
}
