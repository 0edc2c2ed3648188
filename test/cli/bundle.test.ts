import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { World } from '../helpers/world.ts'
import { directoryOf, writeRequest } from './files.ts'
import { type Outcome, type RunOptions, run } from './run.ts'

const EXPORT = [
  ...['bundle', 'export', '--trust', 'anchor.json', '--key', 'operator.json', '--out', 'status.bundle'],
]
const VERIFY = [
  ...['verify', '--request', 'request.json', '--trust', 'anchor.json', '--state', 'state'],
  ...['--audience', 'https://mail.example/', '--action', 'mail.read'],
]

let world: World
let place: ReturnType<typeof directoryOf>
let did: string

beforeEach(async () => {
  world = await World.create()
  place = directoryOf(world)
  writeRequest(place.directory, await world.present(await world.agentChain()))
  const made = await run(['agent', 'keygen', 'operator.json', '--json'], place)
  did = String(made.json().did)
})

/** Runs where there is no network. */
function isolated(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(words, { ...place, fetch: () => Promise.reject(new TypeError('offline')), ...options })
}

const imported = (...words: readonly string[]) =>
  isolated(['bundle', 'import', 'status.bundle', '--did', did, '--state', 'state', ...words])

describe('procura bundle', () => {
  it('carries the status to where no network is, and verify decides there [S3]', async () => {
    const exported = await run([...EXPORT, '--json'], place)
    expect(exported).toMatchObject({ code: 0 })
    expect(exported.json()).toMatchObject({ signer: did, authorities: [world.authority.did] })
    expect(await isolated(VERIFY)).toMatchObject({ code: 4 })

    const taken = await imported('--json')
    expect(taken.code).toBe(0)
    expect(taken.json()).toMatchObject({
      verified: true,
      signer: did,
      authorities: [{ lists: 2, alarms: [] }],
    })
    expect(await isolated(VERIFY)).toMatchObject({ code: 0 })
  })

  it('carries a revocation, and an older bundle does not take it back', async () => {
    await run(EXPORT, place)
    const before = readFileSync(join(place.directory, 'status.bundle'))
    world.site.set('revocation', 2)
    await world.site.publish()
    await run(EXPORT, place)
    expect(await imported()).toMatchObject({ code: 0 })
    writeFileSync(join(place.directory, 'status.bundle'), before)

    expect(await imported()).toMatchObject({ code: 3, stdout: expect.stringContaining('status_rollback') })
    expect(await isolated(VERIFY)).toMatchObject({ code: 3, stdout: expect.stringContaining('revoked') })
  })

  it('is made of a mirror as well', async () => {
    await run(['status', 'pull', '--trust', 'anchor.json', '--out', 'mirror'], place)

    expect(await isolated([...EXPORT, '--status', 'mirror'])).toMatchObject({ code: 0 })
    expect(await imported()).toMatchObject({ code: 0 })
  })

  it('is not made of half the status', async () => {
    expect(await isolated(EXPORT)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('could not be read'),
    })
    expect(readdirSync(place.directory)).not.toContain('status.bundle')
  })

  it('is verified without being taken in: who signed it, and how old it is', async () => {
    await run(EXPORT, place)
    world.now += 120_000
    const shown = await isolated(['bundle', 'verify', 'status.bundle', '--key', 'operator.json'])

    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining(did) })
    expect(shown.stdout).toMatch(/2 lists, as of 2 min/)
    expect(readdirSync(place.directory)).not.toContain('state')
  })

  it('is refused when somebody else signed it, or it was changed', async () => {
    await run(EXPORT, place)
    const other = String((await run(['agent', 'keygen', 'other.json', '--json'], place)).json().did)
    const verify = ['bundle', 'verify', 'status.bundle', '--did']
    expect(await isolated([...verify, did])).toMatchObject({ code: 0 })
    expect(await isolated([...verify, other])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('key_not_authorized'),
    })
    const file = join(place.directory, 'status.bundle')
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -8))

    expect(await isolated([...verify, did])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('refused'),
    })
  })

  it('needs the word of whom it is believed on', async () => {
    await run(EXPORT, place)

    expect(await isolated(['bundle', 'verify', 'status.bundle'])).toMatchObject({ code: 2 })
    expect(await isolated([...VERIFY, '--status', 'mirror'])).toMatchObject({ code: 2 })
  })

  it('begins a state directory anew that is broken, and says so', async () => {
    await run(EXPORT, place)
    await imported()
    const directory = join(place.directory, 'state')
    for (const name of readdirSync(directory)) writeFileSync(join(directory, name), 'broken')

    expect(await imported()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('kept_status_refused'),
    })
    expect(await isolated(VERIFY)).toMatchObject({ code: 0 })
  })

  it('says that the state directory cannot be written', async () => {
    await run(EXPORT, place)
    rmSync(join(place.directory, 'state'), { recursive: true, force: true })
    mkdirSync(place.directory, { recursive: true })
    writeFileSync(join(place.directory, 'state'), 'a file')

    expect(await imported()).toMatchObject({ code: 1, stderr: expect.stringContaining('state') })
  })
})
