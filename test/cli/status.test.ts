import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { World } from '../helpers/world.ts'
import { directoryOf, write, writeRequest } from './files.ts'
import { type RunOptions, run } from './run.ts'

const NO_NETWORK: Pick<RunOptions, 'fetch'> = { fetch: () => Promise.reject(new TypeError('offline')) }
const PULL = ['status', 'pull', '--trust', 'anchor.json', '--out', 'mirror']
const VERIFY = [
  ...['verify', '--request', 'request.json', '--trust', 'anchor.json', '--status', 'mirror'],
  ...['--audience', 'https://mail.example/', '--action', 'mail.read'],
]

async function setUp() {
  const world = await World.create()
  const place = directoryOf(world)
  writeRequest(place.directory, await world.present(await world.agentChain()))
  return { world, place, base: join(place.directory, 'mirror/id.example/status/acme') }
}

it('procura status show says that --trust is an answer where nobody says whose status it is', async () => {
  const { place } = await setUp()
  await run(PULL, place)

  expect(await run(['status', 'show', '--status', 'mirror'], place)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--trust FILE'),
  })
  expect(await run(['status', 'show', '--status', 'mirror', '--trust', 'anchor.json'], place)).toMatchObject({
    code: 0,
  })
})

describe('procura status pull', () => {
  it('mirrors head, leaf table and lists, so that verify needs no network [S3]', async () => {
    const { place, base } = await setUp()

    const pulled = await run([...PULL, '--json'], place)

    expect(pulled.code).toBe(0)
    expect(pulled.json()).toMatchObject({
      authorities: [{ lists: 2, written: 4, mirror: 'id.example/status/acme/' }],
    })
    expect((await run(PULL, place)).stdout).toContain('/id.example/status/acme/')
    expect(readdirSync(base).sort()).toEqual(['head', 'leaves', 'r1', 's1'])
    expect(await run(VERIFY, { ...place, ...NO_NETWORK })).toMatchObject({ code: 0 })
  })

  it('brings a revocation to the mirror, and verify refuses from files [L3]', async () => {
    const { world, place } = await setUp()
    await run(PULL, place)
    world.site.set('revocation', 2)
    await world.site.publish()

    expect(await run(VERIFY, { ...place, ...NO_NETWORK })).toMatchObject({ code: 0 })
    expect(await run(PULL, place)).toMatchObject({ code: 0 })
    expect(await run(VERIFY, { ...place, ...NO_NETWORK })).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('revoked'),
    })
  })

  it('brings the emergency list to the mirror, and verify refuses from files', async () => {
    const { world, place, base } = await setUp()
    await run(PULL, place)
    await world.site.declare(world.authority, { owners: [world.owner.did] })
    world.now += 1000
    await world.site.publish()

    expect(await run(PULL, place)).toMatchObject({ code: 0 })
    expect(readdirSync(base).sort()).toEqual(['emergency', 'head', 'leaves', 'r1', 's1'])
    const outcome = await run(VERIFY, { ...place, ...NO_NETWORK })
    expect(outcome).toMatchObject({ code: 3, stdout: expect.stringContaining('revoked') })
  })

  it('fetches only what changed', async () => {
    const { world, place } = await setUp()
    await run(PULL, place)
    world.site.set('suspension', 5)
    await world.site.publish()
    world.site.requests.length = 0

    await run(PULL, place)

    expect(world.site.requests.filter((url) => url.includes('/r1/'))).toEqual([])
    expect(world.site.requests.filter((url) => url.includes('/s1/'))).toHaveLength(1)
  })

  it('is told apart from fresh status: a mirror that nobody renews becomes too old [L4]', async () => {
    const { world, place } = await setUp()
    await run(PULL, place)
    const later = Date.parse('2026-11-22T09:06:00.000Z')
    writeRequest(place.directory, await world.present(await world.agentChain(), { at: later }))

    const outcome = await run(VERIFY, { ...place, ...NO_NETWORK, clock: () => later })

    expect(outcome).toMatchObject({ code: 4, stdout: expect.stringContaining('status_stale') })
    expect(outcome.stdout).toContain('to mend  run `procura status pull` again')
  })

  it('keeps the mirror as it is when an older head is shown [L4]', async () => {
    const { world, place } = await setUp()
    const old = new Map(world.site.documents)
    world.site.set('revocation', 2)
    await world.site.publish()
    await run(PULL, place)

    for (const [url, document] of old) world.site.documents.set(url, document)
    const rolledBack = await run(PULL, place)

    expect(rolledBack.code).toBe(4)
    expect(rolledBack.lines()).toContain('The mirror stays as it was.')
    expect(rolledBack.stdout).toContain('status_rollback')
    expect(await run(VERIFY, { ...place, ...NO_NETWORK })).toMatchObject({ code: 3 })
  })

  it('raises an alarm and keeps the mirror when a revocation was taken back [L4]', async () => {
    const { world, place } = await setUp()
    world.site.set('revocation', 2)
    await world.site.publish()
    await run(PULL, place)
    world.site.set('revocation', 2, false)
    await world.site.publish()

    const { code, stdout } = await run(PULL, place)

    expect(code).toBe(4)
    expect(stdout).toContain('ALARM revocation_cleared')
    expect(await run(VERIFY, { ...place, ...NO_NETWORK })).toMatchObject({ code: 3 })
  })

  it('writes nothing when a list cannot be had', async () => {
    const { world, place, base } = await setUp()
    for (const url of world.site.documents.keys()) if (/\/s1\//.test(url)) world.site.documents.delete(url)

    const { code, json } = await run([...PULL, '--json'], place)

    expect(code).toBe(4)
    expect(json()).toMatchObject({ authorities: [{ written: 0, failure: { code: 'status_unavailable' } }] })
    expect(existsSync(base)).toBe(false)
  })

  it('keeps only the last versions of a list', async () => {
    const { world, place, base } = await setUp()
    for (let index = 20; index < 30; index++) {
      world.site.set('revocation', index)
      await world.site.publish()
      await run(PULL, place)
    }

    expect(readdirSync(join(base, 'r1'))).toHaveLength(4)
    expect(await run(VERIFY, { ...place, ...NO_NETWORK })).toMatchObject({ code: 0 })
  })

  it('answers as unknown, not as good, when a file of the mirror is missing [L4]', async () => {
    const { place, base } = await setUp()
    await run(PULL, place)
    rmSync(join(base, 'r1'), { recursive: true })

    expect(await run(VERIFY, { ...place, ...NO_NETWORK })).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('status_unavailable'),
    })
  })

  it('answers as unknown, not as good, when a file of the mirror was changed [L4]', async () => {
    const { place, base } = await setUp()
    await run(PULL, place)
    const [version = ''] = readdirSync(join(base, 'r1'))
    write(join(base, 'r1'), version, 'AAAA.BBBB.CCCC')

    expect((await run(VERIFY, { ...place, ...NO_NETWORK })).code).toBe(4)
  })

  it('shows progress on a terminal, and takes it away again', async () => {
    const { place } = await setUp()

    const { stderr } = await run(PULL, { ...place, terminal: true })

    expect(stderr).toContain('https://id.example/status/acme/head: 4 documents')
    expect(stderr.endsWith('\r\u001b[2K')).toBe(true)
  })
})

describe('procura status show', () => {
  const SHOW = ['status', 'show', '--trust', 'anchor.json']

  it('shows the head, its age, and the lists', async () => {
    const { world, place } = await setUp()

    const { code, lines } = await run(SHOW, { ...place, clock: () => world.now + 4_000 })

    expect(code).toBe(0)
    expect(lines()).toContain('head           number 1, signed 4 s ago, the next within 10 s')
    expect(lines().filter((line) => line.includes('https://id.example/status/acme/'))).toEqual([
      'https://id.example/status/acme/r1  revocation  live   2026-11-22 09:00:00 UTC  2026-11-22 15:00:00 UTC',
      'https://id.example/status/acme/s1  suspension  live   2026-11-22 09:00:00 UTC  2026-11-22 15:00:00 UTC',
    ])
  })

  it('shows a mirror, and says when its head is late', async () => {
    const { world, place } = await setUp()
    await run(PULL, place)

    const { code, stdout } = await run([...SHOW, '--status', 'mirror'], {
      ...place,
      ...NO_NETWORK,
      clock: () => world.now + 60_000,
    })

    expect(code).toBe(0)
    expect(stdout).toContain('signed 1 min ago, the next within 10 s, late')
  })

  it('looks at another head of the same authority when it is given a URL', async () => {
    const { world, place } = await setUp()

    expect(await run([...SHOW, '--status', 'https://id.example/status/acme', '--json'], place)).toMatchObject(
      {
        code: 0,
      },
    )
    expect(await run([...SHOW, '--status', 'https://evil.example/status/acme'], place)).toMatchObject({
      code: 2,
    })
    write(place.directory, 'anchor.json', [world.trust, (await World.create()).trust])
    expect(await run([...SHOW, '--status', 'https://id.example/status/acme'], place)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs an anchor file with one trust entry'),
    })
  })

  it('asks the issuer whose status it is, when no anchor file says so', async () => {
    const { world, place } = await setUp()
    const fetch: RunOptions['fetch'] = async (input, init) =>
      String(input) === 'https://id.example/.well-known/procura'
        ? new Response(JSON.stringify(world.trust))
        : world.site.fetch(input, init)

    const asked = await run(['status', 'show', '--issuer', 'https://id.example', '--json'], {
      ...place,
      fetch,
    })

    expect(asked.json()).toMatchObject({
      authorities: [{ authority: world.authority.did, head: { seq: 1 } }],
    })
    expect(await run(['status', 'show'], place)).toMatchObject({ code: 2 })
  })

  it('ends with 4 when there is no head', async () => {
    const { world, place } = await setUp()
    world.site.reachable = false

    const { code, json } = await run([...SHOW, '--json'], place)

    expect(code).toBe(4)
    expect(json()).toMatchObject({ authorities: [{ lists: [], failure: { code: 'status_unavailable' } }] })
  })
})
