import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { initialize } from '../../src/server/initialize.ts'
import { type Outcome, run } from '../cli/run.ts'
import { startTestService, type TestService } from '../helpers/issuer-service.ts'

let service: TestService
let directory: string

beforeAll(async () => {
  service = await startTestService({ didWeb: true })
  directory = mkdtempSync(join(tmpdir(), 'procura-cli-keys-'))
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
})

afterAll(async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})

function procura(...words: string[]): Promise<Outcome> {
  return run(['key', ...words], { directory, fetch: (input, init) => fetch(input, init) })
}

describe('procura key', () => {
  it('lists the keys, and what becomes of each', async () => {
    const { code, stdout } = await procura('list')

    expect(code).toBe(0)
    expect(stdout.split('\n').filter((line) => line.includes('active'))).toHaveLength(3)
  })

  it('rotates: the next key is listed, and says from when on it signs', async () => {
    const rotated = await procura('rotate', '--use', 'audit', '--propagation', '3600')
    const scheduled = await procura('schedule', '--use', 'audit', '--every', '30')

    expect(rotated.stdout).toMatch(/audit +prepared +signs from \d{4}-/)
    expect(scheduled.stdout).toContain('30 days')
    expect(
      JSON.parse((await procura('schedule', '--use', 'audit', '--never', '--json')).stdout),
    ).toMatchObject({
      state: 'active',
    })
  })

  it('schedules the keys of owners and agents, and lists after how many days [I10]', async () => {
    const owners = await procura('schedule', '--use', 'owner', '--every', '90')
    const agents = await procura('schedule', '--use', 'agent', '--every', '30')
    await procura('schedule', '--use', 'agent', '--never')
    const refused = await procura('schedule', '--use', 'owner', '--every', '6')

    expect(owners.stdout).toContain('replaced by the issuer when they are 90 days old')
    expect(agents.stdout).toContain('due when they are 30 days old')
    expect(refused.code).toBe(1)
    expect(JSON.parse((await procura('list', '--json')).stdout).schedules).toEqual([
      { use: 'owner', rotateAfterDays: 90 },
      { use: 'agent' },
    ])
  })

  it('does nothing that cannot be taken back unless it is told to', async () => {
    const asked = await procura('rotate', '--use', 'status', '--grace', '0')
    const told = await procura('rotate', '--use', 'status', '--grace', '0', '--yes')
    const active = JSON.parse((await procura('list', '--json')).stdout).items.find(
      (key: { use: string; state: string }) => key.use === 'status' && key.state === 'active',
    )
    const refused = await procura('revoke', active.id, '--reason', 'odd', '--yes')

    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect(told.stdout).toMatch(/status +revoked/)
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('grace 0') })
  })

  it.each([
    ['a grace that is none', ['rotate', '--use', 'status', '--grace', '60']],
    ['a schedule without days', ['schedule', '--use', 'status']],
    ['both days and never', ['schedule', '--use', 'status', '--every', '30', '--never']],
  ])('refuses %s', async (_, words) => {
    expect((await procura(...words)).code).toBe(2)
  })
})

it('changes the key-encryption key of data at rest [KC-04]', async () => {
  const data = mkdtempSync(join(tmpdir(), 'procura-cli-kek-'))
  onTestFinished(() => rmSync(data, { recursive: true }))
  await initialize({ dataDir: data, tenant: 'acme', origin: 'https://id.example' })
  const next = join(data, 'kek-2')
  const previous = join(data, 'key-encryption-key')
  const environment = { PROCURA_KEK_FILE: next, PROCURA_KEK_PREVIOUS_FILE: previous }
  const words = ['key', 'rewrap', '--data', data]

  const made = await procura('new-kek', next)
  const again = await procura('new-kek', next)
  const rewrapped = await run(words, { directory, environment })
  const alone = await run(words, { directory, environment: { PROCURA_KEK_FILE: next } })
  const wrong = await run(words, { directory, environment: { PROCURA_KEK_FILE: previous } })

  expect([made.code, again.code, rewrapped.code, alone.code, wrong.code]).toEqual([0, 2, 0, 0, 2])
  expect(statSync(next).mode & 0o777).toBe(0o600)
  expect([rewrapped.stdout, alone.stdout]).toEqual([
    expect.stringContaining('1 key wrapped anew'),
    expect.stringContaining('0 keys wrapped anew'),
  ])
})
