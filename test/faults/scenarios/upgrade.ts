import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startPostgres } from '../../helpers/postgres.ts'
import { Counts } from '../counts.ts'
import {
  digestOf,
  openAsItIs,
  refusalByOldProgram,
  type Tables,
  writeOldFile,
  writeOldServer,
} from '../older-registry.ts'
import { addAgent, addOwner, done, issue, newContext, openRegistry } from '../registry-life.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { countFindings } from '../verdicts.ts'

const PROCESS = fileURLToPath(new URL('../upgrade-process.ts', import.meta.url))

/** Credentials of a round. */
const OF_A_ROUND = 1_000
/** One in so many is revoked before. */
const REVOKED_OF = 10
/** How often the way forward is broken off on each database: in each round, and at most. */
const KILLS_OF_A_ROUND = 2
const MAX_KILLS = 12

export const upgrade: Scenario = {
  name: 'upgrade',
  about:
    'A registry of an old schema is brought forward by a process that is killed midway, on each database; 1,000 credentials a round.',
  needs: ['postgresql'],
  rounds: 100,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const counts = new Counts()
  const today = join(context.folder, 'today', 'procura.sqlite')
  await fill(today, context, counts)
  context.progress('writing it as an old program had')
  const old = join(context.folder, 'old.sqlite')
  const tables = await writeOldFile(today, old)
  await upgradeFile(old, { counts, context, tables })
  await upgradeServer(today, { counts, context, tables })
  return counts
}

async function fill(file: string, { rounds, progress }: ScenarioContext, counts: Counts): Promise<void> {
  await mkdir(dirname(file))
  const store = await openRegistry(file)
  const owner = await addOwner(store)
  await issue(store, { owner })
  const agent = await addAgent(store, owner.id)
  for (let round = 0; round < rounds; round++) {
    progress(`issued ${round * OF_A_ROUND}`)
    await Promise.all(
      Array.from({ length: OF_A_ROUND }, async (_, i) => {
        const { id } = await issue(store, { owner, agent })
        if (i % REVOKED_OF === 0) await done(store.revokeDelegation(id, 'r', newContext()))
      }),
    )
  }
  counts.add('credentials', rounds * OF_A_ROUND)
  await store.close()
}

interface Upgrading {
  readonly counts: Counts
  readonly context: ScenarioContext
  readonly tables: Tables
}

async function upgradeFile(old: string, by: Upgrading): Promise<void> {
  const file = join(by.context.folder, 'procura.sqlite')
  const reset = async () => {
    for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
    await copyFile(old, file)
  }
  await upgradeMidway({ ...by, name: 'sqlite', database: file, reset, cut: async () => undefined })
}

async function upgradeServer(today: string, by: Upgrading): Promise<void> {
  const server = await startPostgres()
  by.context.defer(() => server.stop())
  const url = await server.createDatabase('old')
  await writeOldServer(today, { url, adminUrl: server.urlOf('old'), tables: by.tables })
  const admin = new pg.Client(server.urlOf('postgres'))
  await admin.connect()
  by.context.defer(() => admin.end().catch(() => undefined))
  const reset = async () => {
    await server.dropDatabase('registry')
    await server.createDatabase('registry', 'old')
  }
  const cut = async () => {
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'registry'")
  }
  const database = server.urlOf('registry', 'procura')
  await upgradeMidway({ ...by, name: 'postgresql', database, reset, cut })
}

interface Place extends Upgrading {
  readonly name: string
  readonly database: string
  reset(): Promise<void>
  /** Has the server end what works on the database. */
  cut(): Promise<void>
}

async function upgradeMidway(place: Place): Promise<void> {
  const { name, database, counts, context, tables, reset, cut } = place
  await reset()
  const before = await digestOf(database, tables)
  const whole = await bringForward(database, context)
  counts.add(`milliseconds it takes (${name})`, whole ?? 0)
  if (whole === undefined) return counts.violate('conduct', `${name} is not brought forward`)
  await reset()
  const kills = Math.min(context.rounds * KILLS_OF_A_ROUND, MAX_KILLS)
  for (let kill = 0; kill < kills; kill++) {
    context.progress(`${name}: kill ${kill + 1} of ${kills}`)
    const end = kill % 2 === 1 && name === 'postgresql' ? cut : undefined
    const isDone =
      (await bringForward(database, context, { afterMs: context.random.below(whole), end })) !== undefined
    const version = await versionOf(database)
    counts.add(isDone ? 'too late' : 'broken off', 1)
    counts.add(`left at schema ${version} (${name})`)
    if ((await digestOf(database, tables)) !== before) counts.violate('INV2', `${name}: the data changed`)
    if (isDone) await reset()
  }
  if ((await bringForward(database, context)) === undefined)
    counts.violate('conduct', `${name} is not brought forward after it was broken off`)
  if ((await digestOf(database, tables)) !== before)
    counts.violate('INV2', `${name}: the data are not what they were`)
  if ((await refusalByOldProgram(database)) !== 'ERR_PROCURA_STORAGE')
    counts.violate('conduct', `${name}: an old program takes the new schema`)
  counts.add('refused by an old program')
  context.progress(`${name}: fsck`)
  await countFindings(counts, database)
}

async function versionOf(database: string): Promise<number> {
  const { db, close } = await openAsItIs(database)
  await db.begin('read')
  const row = await db.get('SELECT max(version) AS version FROM schema_version')
  await db.rollback()
  await close()
  return Number(row?.version)
}

/** @returns How many milliseconds it took; `undefined` when it was broken off. */
async function bringForward(
  database: string,
  { defer }: ScenarioContext,
  breaking?: { readonly afterMs: number; readonly end: (() => Promise<void>) | undefined },
): Promise<number | undefined> {
  const child = spawn(process.execPath, [PROCESS, database], { stdio: ['ignore', 'pipe', 'ignore'] })
  defer(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const said: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => said.push(line))
  await Promise.race([once(lines, 'line'), ended])
  if (breaking !== undefined) await breakOff(child, breaking)
  await ended
  const [, ms] = /^done (\d+)$/.exec(said.at(-1) ?? '') ?? []
  return ms === undefined ? undefined : Number(ms)
}

async function breakOff(
  child: ChildProcess,
  { afterMs, end }: { readonly afterMs: number; readonly end: (() => Promise<void>) | undefined },
): Promise<void> {
  await sleep(afterMs)
  if (end === undefined) child.kill('SIGKILL')
  else await end()
}
