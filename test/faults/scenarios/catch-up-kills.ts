import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backUp } from '../../../src/server/backup/back-up.ts'
import { restore } from '../../../src/server/backup/restore.ts'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { integer } from '../../../src/server/store/sql/row.ts'
import { openReader } from '../../../src/server/store/sqlite/database.ts'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { Client } from '../service-load.ts'
import { ServiceWorld } from '../service-world.ts'
import { startServing } from '../serving.ts'
import { type PlacedCall, placedCalls, readCalls, spread, underStrace } from '../system-calls.ts'
import { countFindings } from '../verdicts.ts'

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))

/** A tenant catches up in one transaction, so whenever it is killed, all of it is done or nothing, and it can be done again. */
export const catchUpKills: Scenario = {
  name: 'catch-up-kills',
  about:
    'procura catch-up of a registry that was restored from an older backup is killed within its writes and fsyncs, and done again.',
  needs: ['strace'],
  rounds: 30,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const { rounds, random, progress } = context
  const counts = new Counts()
  const world = await ServiceWorld.create(context, counts)
  const restored = await restoreOlder(world, context)
  progress('catching up undisturbed')
  const log = join(context.folder, 'undisturbed.strace')
  await catchUp(world, underStrace(log))
  const calls = placedCalls(await readCalls(log), world).filter(({ place }) => place === 'database')
  counts.add('calls of the database', calls.length)
  for (const [i, call] of spread(calls, rounds, random).entries()) {
    progress(`kill ${i + 1}: ${call.call} ${call.nth}`)
    await killAt(world, { restored, call, context })
    if (counts.violations() > 0) return counts
  }
  const serving = await world.startListening()
  await world.judgePublished(world.revocations(), serving)
  if ((await serving.end('SIGTERM')) !== 0) counts.violate('conduct', 'SIGTERM did not end it with 0')
  await countFindings(counts, world.database, world.env)
  return counts
}

/** @returns A copy of the registry that was restored, and does not know of what was revoked and issued last. */
async function restoreOlder(world: ServiceWorld, { folder, progress }: ScenarioContext): Promise<string> {
  progress('living, with a backup on the way')
  const files = dataFiles(world.dataDir)
  const serving = await world.startListening()
  const client = new Client(world)
  const party = await client.party()
  const known = [await client.issue(party), await client.issue(party)] as const
  const backup = await backUp({ files, into: join(folder, 'backup') })
  await client.revoke(known[0])
  await client.revoke(await client.issue(party))
  await client.offboard(await client.party())
  await world.judgePublished(world.revocations(), serving)
  await serving.end('SIGTERM')
  await forget(world)
  await restore({ backup: backup.folder, files })
  const copy = join(folder, 'restored.sqlite')
  await copyFile(world.database, copy)
  return copy
}

async function forget({ database }: ServiceWorld): Promise<void> {
  for (const end of ['', '-wal', '-shm']) await rm(database + end, { force: true })
}

interface Kill {
  readonly restored: string
  readonly call: PlacedCall
  readonly context: ScenarioContext
}

async function killAt(world: ServiceWorld, { restored, call, context }: Kill): Promise<void> {
  const { counts } = world
  await forget(world)
  await copyFile(restored, world.database)
  const log = join(context.folder, 'kill.strace')
  await catchUp(world, underStrace(log, `${call.call}:signal=SIGKILL:when=${call.nth}`))
  const before = await stateOf(world)
  counts.add(before.waits > 0 ? 'not done' : 'done')
  if (before.waits + before.caughtUp !== 1)
    counts.violate('INV5', `half of it is done: ${call.call} ${call.nth}`)
  await countFindings(counts, world.database, world.env)
  if (before.waits > 0 && (await catchUp(world)) !== 0) counts.violate('conduct', 'it cannot be done again')
  const after = await stateOf(world)
  if (after.waits !== 0 || after.caughtUp !== 1) counts.violate('conduct', 'it is not done, or done twice')
  await countFindings(counts, world.database, world.env)
}

/** Runs the command to its end. @returns The exit code, `null` when it was killed. */
async function catchUp(world: ServiceWorld, under: readonly string[] = []): Promise<number | null> {
  const { dataDir, publishDirectory, env } = world
  const words = ['catch-up', '--published', publishDirectory, '--data', dataDir, '--yes']
  const command = [process.execPath, CLI, ...words]
  const { ended } = startServing({ dataDir, publishDirectory, env, under, command })
  return (await ended).code
}

/** How many tenants wait, and how often one has caught up. */
async function stateOf({ database }: ServiceWorld): Promise<{ waits: number; caughtUp: number }> {
  const db = openReader(database)
  const count = async (table: 'restorations' | 'catch_ups') =>
    integer((await db.get(`SELECT count(*) AS n FROM ${table}`)) ?? {}, 'n')
  try {
    return { waits: await count('restorations'), caughtUp: await count('catch_ups') }
  } finally {
    db.close()
  }
}
