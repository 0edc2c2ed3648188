import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, run } from '../cli/run.ts'
import { startTestService, type TestService } from '../helpers/issuer-service.ts'
import { refusedWith, startWorld } from './rotation-world.ts'

let service: TestService
let directory: string

beforeAll(async () => {
  service = await startTestService({ publisher: { coalesceMs: 20 } })
  directory = mkdtempSync(join(tmpdir(), 'procura-emergency-'))
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

function procura(...words: string[]): Promise<Outcome> {
  return command('emergency', ...words)
}

function command(...words: string[]): Promise<Outcome> {
  return run(words, { directory, fetch: (input, init) => fetch(input, init) })
}

describe('procura emergency', () => {
  it('has every verifier refuse an owner from its next look on, after it said what that hits', async () => {
    const world = await startWorld(service)
    expect((await world.agent.fetch(`${world.origin}/inbox`)).status).toBe(200)
    const { json } = await service.admin.get(`/v1/owners/${world.ownerId}`)
    const entry = ['add', 'owner', json.did, '--reason', 'its key was taken']

    const preview = await procura(...entry, '--dry-run')
    expect(preview).toMatchObject({ code: 0, stdout: expect.stringContaining('1 agent, 1 delegation') })
    expect(await procura(...entry)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect((await procura('list')).stdout).toContain('Nothing is listed.')
    expect(await procura(...entry, '--yes')).toMatchObject({ code: 0 })

    await refusedWith(world, world.agent, 'revoked')
    expect((await procura('list')).stdout).toContain(json.did)
  })

  it('takes the id of an owner as well, and says what mends it, as `owner show` does from then on', async () => {
    const { ownerId } = await startWorld(service)
    const { json: owner } = await service.admin.get(`/v1/owners/${ownerId}`)
    const add = (name: string) => procura('add', 'owner', name, '--reason', 'its key was taken', '--yes')
    const shown = async () => (await command('owner', 'show', ownerId)).stdout

    expect(await shown()).not.toContain('emergency')
    expect(await add('own_nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('no owner') })
    const added = await add(ownerId)
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(`owner ${owner.did} is listed`) })
    expect(added.stdout).toContain('Next: procura owner rotate')
    expect(await shown()).toContain('on the emergency list: counts no more')

    const rotated = await command('owner', 'rotate', ownerId, '--grace', '0')
    expect([rotated.code, await shown()]).toEqual([0, expect.not.stringContaining('emergency')])
  })

  it('lists nothing of a kind that there is not', async () => {
    expect((await procura('add', 'agent', 'did:key:zA', '--reason', 'odd', '--yes')).code).toBe(2)
  })

  it('rehearses it with a key of nobody, and measures until every place shows it', async () => {
    const world = await startWorld(service)
    const drilled = await procura('drill', '--at', `${service.url}/`, '--json')
    const again = await procura('drill')

    expect(drilled.code).toBe(0)
    const base = `${service.url}/status/acme`
    const shown = { place: base, seconds: expect.any(Number) }
    expect(drilled.json()).toMatchObject({ places: [shown, shown] })
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/status\/acme +\d+\.\d s/) })
    const { items } = (await service.admin.get('/v1/emergency')).json
    expect(items.filter(({ kind }: { kind: string }) => kind === 'drill')).toHaveLength(1)
    await world.verifier.sync()
    expect((await world.agent.fetch(`${world.origin}/inbox`)).status).toBe(200)
  })

  it('ends with 1 and says why when a place does not show it in time', async () => {
    const drilled = await procura('drill', '--at', `${service.url}/elsewhere`, '--within', '1')

    const problem = `not in time: http_404 at ${service.url}/elsewhere/status/acme/emergency`
    expect(drilled).toMatchObject({ code: 1, stdout: expect.stringContaining(problem) })
    expect(drilled.stdout).toMatch(/\d\.\d s/)
  })
})
