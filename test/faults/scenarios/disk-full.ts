import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counts } from '../counts.ts'
import type { Scenario, ScenarioContext } from '../scenario.ts'
import { liveScripted } from '../scripted-life.ts'
import { ServiceWorld } from '../service-world.ts'
import type { Serving } from '../serving.ts'

/** The audit trail lies in the database, so a disk that is full for the one is full for the other. */
const PLACES = ['data', 'published'] as const
type Place = (typeof PLACES)[number]

/** By then the service has said that something is wrong, or that all is well again: it tries a target each half a minute, in milliseconds. */
const TOLD_MS = 45_000
const LOOK_MS = 200

export const diskFull: Scenario = {
  name: 'disk-full',
  about:
    'The disk of the database with its audit trail, and that of the publication directory, is full for a while.',
  needs: ['unshare with a tmpfs'],
  rounds: 4,
  run,
}

async function run(context: ScenarioContext): Promise<Counts> {
  const counts = new Counts()
  const world = await ServiceWorld.create(context, counts)
  const first = await world.startListening()
  await liveScripted(world, first)
  await first.end('SIGTERM')
  for (let round = 0; round < context.rounds && counts.violations() === 0; round++) {
    const place = PLACES[round % PLACES.length] ?? 'data'
    context.progress(`disk ${round + 1} of ${context.rounds}: ${place}`)
    await fillOnce(world, context, place)
    await world.judgeFiles()
  }
  await world.judgeAll()
  return counts
}

/** A service on a small disk of its own, which is full for a while and then is not; at the end its files are brought out while it stands still. */
async function fillOnce(world: ServiceWorld, { folder }: ScenarioContext, place: Place): Promise<void> {
  const path = join(folder, place)
  const serving = await world.startListening({ under: onSmallDisk(path) })
  const inside = `/proc/${serving.child.pid}/root${path}`
  const ballast = join(inside, 'ballast')
  await judgeFull(world, serving, place, () => fill(ballast))
  rmSync(ballast)
  await judgeWithRoom(world, serving, place)
  serving.signal('SIGSTOP')
  cpSync(inside, path, { recursive: true, force: true })
  serving.signal('SIGKILL')
  await serving.ended
  world.counts.add(`full disks (${place})`)
}

/** Again and again, because a database that makes its files shorter leaves room for something small. */
function fill(ballast: string): void {
  const options = ['bs=4k', 'oflag=append', 'conv=notrunc', 'status=none']
  spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, ...options])
}

/** In a namespace of its own, so that nobody but the service and who looks through `/proc` sees it. */
function onSmallDisk(path: string): readonly string[] {
  const script =
    'cp -a "$0" "$0.aside" && mount -t tmpfs -o size=24m tmpfs "$0" && cp -a "$0.aside/." "$0" && rm -r "$0.aside" && exec "$@"'
  return ['unshare', '-rm', 'sh', '-c', script, path]
}

/** Nothing is told as done that is not, what is published can be read, and the service says what is wrong. */
async function judgeFull(
  world: ServiceWorld,
  serving: Serving,
  place: Place,
  fillUp: () => void,
): Promise<void> {
  const { counts } = world
  const wanted = place === 'data' ? 'not ready' : 'target lags'
  const failed = await liveUntil(world, serving, wanted, fillUp)
  if (place === 'data' && failed === 0) counts.violate('conduct', 'a full disk failed nothing')
  if (place === 'published' && failed > 0)
    counts.violate('conduct', `a full directory failed ${failed} requests`)
  const [watch] = world.watches
  if ((await watch?.look()) !== true) counts.violate('INV6', 'on a full disk nothing can be read')
  if (!(await until(async () => serving.complaints().some((line) => line.includes('ALARM')))))
    counts.violate('conduct', 'a full disk raises no alarm')
}

/** Lives go on until the disk is felt: a database has room in its own files for a while. @returns How many requests failed. */
async function liveUntil(
  world: ServiceWorld,
  serving: Serving,
  wanted: string,
  fillUp: () => void,
): Promise<number> {
  const until = performance.now() + TOLD_MS
  let failures = 0
  while (performance.now() < until) {
    fillUp()
    const { reached, failed } = await liveScripted(world, serving)
    failures += failed
    if (reached !== 'the end')
      throw new Error(`on a full disk it ended at ${reached}: ${serving.log.join('\n')}`)
    if ((await readiness(world.url)) === wanted) break
  }
  world.counts.add('requests failed (5xx)', failures)
  await expectReadiness(world, wanted)
  return failures
}

/** It goes on by itself. */
async function judgeWithRoom(world: ServiceWorld, serving: Serving, place: Place): Promise<void> {
  await expectReadiness(world, 'ready')
  const { failed, reached } = await liveScripted(world, serving)
  if (failed > 0 || reached !== 'the end')
    world.counts.violate('conduct', `with room again, it failed ${failed} requests and ended at ${reached}`)
  if (place === 'data') await world.judgePublished(world.revocations())
}

async function expectReadiness(world: ServiceWorld, wanted: string): Promise<void> {
  const isReached = await until(async () => (await readiness(world.url)) === wanted)
  if (!isReached) world.counts.violate('conduct', `/readyz does not come to "${wanted}"`)
}

async function until(look: () => Promise<boolean>): Promise<boolean> {
  for (let waited = 0; waited < TOLD_MS; waited += LOOK_MS) {
    if (await look()) return true
    await sleep(LOOK_MS)
  }
  return false
}

async function readiness(url: string): Promise<string> {
  const response = await fetch(`${url}/readyz`)
  const text = await response.text()
  if (response.status !== 200) return 'not ready'
  return text.includes('target_lags') ? 'target lags' : 'ready'
}
