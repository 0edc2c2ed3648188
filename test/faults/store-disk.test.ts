import { spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { requireOrSkip } from '../helpers/available.ts'
import { temporaryFile } from '../server/store/fixtures.ts'
import { inconsistencies } from '../server/store/oracle.ts'
import { acknowledged, type Line, type Load, lost, startLoad } from './store-load.ts'

const LIMIT = { timeout: 120_000 }

function isAvailable(program: string, ...args: string[]): boolean {
  return spawnSync(program, args).status === 0
}

function start(file: string, under: readonly string[], args: readonly string[] = []): Load {
  const load = startLoad(file, { under, args })
  onTestFinished(() => load.kill())
  return load
}

/** How many changes were acknowledged after the first failure. */
function recovered(lines: readonly Line[]): number {
  const first = lines.findIndex(({ what }) => what === 'failure')
  return first < 0 ? 0 : acknowledged(lines.slice(first))
}

async function untilRecovered(load: Load): Promise<void> {
  await load.until(({ what }) => what === 'failure')
  for (let waited = 0; waited < 60 && recovered(load.lines) < 200; waited++) await sleep(500)
}

/** Every failure was told as one of storage, and nobody was told of success in vain. */
async function expectHonest(file: string, lines: readonly Line[]): Promise<void> {
  const failures = lines.filter(({ what }) => what === 'failure').map(({ code }) => code)
  expect(new Set(failures)).toEqual(new Set(['ERR_PROCURA_STORAGE']))
  expect(await lost(file, lines)).toEqual([])
  expect(await inconsistencies(file)).toEqual([])
}

it('fails changes while the disk is full, and goes on once there is room [ST-08]', LIMIT, async (ctx) => {
  requireOrSkip(
    ctx,
    'unshare with a tmpfs',
    isAvailable('unshare', '-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'),
  )
  const folder = await mkdtemp(join(tmpdir(), 'procura-full-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const [file, ballast] = [join(folder, 'procura.db'), join(folder, 'ballast')]
  const script = 'mount -t tmpfs -o size=24m tmpfs "$0" && head -c 20m /dev/zero >"$1" && shift && exec "$@"'

  const load = start(file, ['unshare', '-rm', 'sh', '-c', script, folder, ballast], [ballast])
  await untilRecovered(load)
  load.process.kill('SIGSTOP')
  const copy = await copyOut(load, file)
  load.kill()
  await load.ended

  expect(recovered(load.lines)).toBeGreaterThan(100)
  await expectHonest(copy, load.lines)
})

/** The files of a process that has mounts of its own, as they are while it stands still. */
async function copyOut(load: Load, file: string): Promise<string> {
  const copy = await temporaryFile()
  for (const suffix of ['', '-wal']) {
    await copyFile(`/proc/${load.process.pid}/root${file}${suffix}`, `${copy}${suffix}`)
  }
  return copy
}

it('fails changes that cannot be written, and goes on once they can [ST-08]', LIMIT, async (ctx) => {
  requireOrSkip(ctx, 'prlimit', isAvailable('prlimit', '--version'))
  const file = await temporaryFile()

  const load = start(file, ['prlimit', '--fsize=1500000:unlimited'])
  await load.until(({ what }) => what === 'failure')
  expect(spawnSync('prlimit', ['--pid', String(load.process.pid), '--fsize=unlimited']).status).toBe(0)
  await untilRecovered(load)
  load.kill()
  await load.ended

  expect(recovered(load.lines)).toBeGreaterThan(100)
  await expectHonest(file, load.lines)
})

it('fails changes that the disk does not confirm (EIO of fsync) [ST-08]', LIMIT, async (ctx) => {
  requireOrSkip(ctx, 'strace', isAvailable('strace', '-V'))
  const file = await temporaryFile()
  const inject = 'inject=fsync:error=EIO:when=20+7'

  const load = start(file, ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', inject])
  await untilRecovered(load)
  load.kill()
  await load.ended

  expect(recovered(load.lines)).toBeGreaterThan(100)
  await expectHonest(file, load.lines)
})

it.for(['pwrite64', 'fsync'])(
  'keeps all that it acknowledged, killed within a %s [ST-01] [ST-02]',
  LIMIT,
  async (call, ctx) => {
    requireOrSkip(ctx, 'strace', isAvailable('strace', '-V'))
    const file = await temporaryFile()
    const lines: Line[] = []
    for (const nth of call === 'pwrite64' ? [260, 301, 402, 603, 1_204, 1_777] : [8, 12, 17, 25, 40, 63]) {
      const inject = `inject=${call}:signal=SIGKILL:when=${nth}`
      const load = start(file, [
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        `trace=${call}`,
        '-e',
        inject,
      ])
      await load.ended

      lines.push(...load.lines)
      expect(await lost(file, lines)).toEqual([])
    }

    expect(await inconsistencies(file)).toEqual([])
    expect(acknowledged(lines)).toBeGreaterThan(100)
  },
)
