import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalSigner, generateKey } from '../../src/securing/vc-jose/local-signer.ts'
import { startService } from '../../src/server/start-service.ts'
import { openWriter } from '../../src/server/store/sqlite/database.ts'
import { run, scratch } from '../cli/run.ts'
import { addOwner, didOf, newSigner, startTestService, type TestService } from '../helpers/issuer-service.ts'

let service: TestService
let directory: string

beforeEach(async () => {
  service = await startTestService({ checkpointMs: 20 })
  directory = scratch()
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
})
afterEach(() => service.close())

function procura(...words: string[]) {
  return run(words, { directory, fetch: (input, init) => fetch(input, init) })
}

/** Keeps what a stranger keeps: the key, and the checkpoint once it covers so many entries. */
async function keep(size: number): Promise<void> {
  writeFileSync(join(directory, 'audit.key'), await (await fetch(`${service.url}/audit/acme/key`)).text())
  for (let note = ''; ; ) {
    note = await (await fetch(`${service.url}/audit/acme/checkpoint`)).text()
    if (note.split('\n')[1] === String(size)) return writeFileSync(join(directory, 'kept.txt'), note)
  }
}

async function addOwners(count: number): Promise<number> {
  for (let i = 0; i < count; i++) await addOwner(service.admin)
  return (await service.admin.get('/v1/audit?limit=200')).json.items.length
}

function verify(...more: string[]) {
  return procura('audit', 'verify', 'trail.jsonl', '--key', 'audit.key', '--json', ...more)
}

/** Changes the database while no service works with it, then starts another service; what that one logs. */
async function tamper(sql: string): Promise<string[]> {
  await service.service.close()
  const db = openWriter(join(service.dataDir, 'procura.sqlite'))
  await db.exec('PRAGMA foreign_keys = OFF; DROP TRIGGER audit_append_only; DROP TRIGGER audit_kept')
  await db.exec(sql)
  db.close()
  const alarms: string[] = []
  const logger = pino({ level: 'error' }, { write: (line: string) => alarms.push(line) })
  const again = await startService({ dataDir: service.dataDir, logger, checkpointMs: 20 })
  service = { ...service, service: again, close: () => again.close() }
  return alarms
}

describe('a stranger with an export, a key and a checkpoint that was kept', () => {
  it('finds the trail of a service intact, and what was done since [A2] [A7]', async () => {
    await keep(await addOwners(3))
    await procura('audit', 'export', 'trail.jsonl')
    const size = await addOwners(2)
    await untilCovered(size)
    const exported = await procura('audit', 'export', 'trail.jsonl', '--json')

    expect(exported.json()).toMatchObject({ entries: size, added: expect.any(Number) })
    const outcome = await verify('--checkpoint', 'kept.txt')
    expect(outcome.json()).toMatchObject({ intact: true, entries: size })
    expect(statSync(join(directory, 'trail.jsonl')).mode & 0o777).toBe(0o600)
  })

  it('goes on with an export that was cut, at whatever byte', async () => {
    await keep(await addOwners(2))
    await procura('audit', 'export', 'trail.jsonl')
    const path = join(directory, 'trail.jsonl')
    const whole = readFileSync(path, 'utf8')
    // The authority vouches for the key anew, with another date.
    const undated = (text: string) => text.replace(/"signer":"[^"]+"/, '"signer":""')
    const authority = ['--authority', service.initialized.tenant.authority]

    for (const bytes of [0, 1, 300, 700, whole.length - 30, whole.length - 1, whole.length]) {
      truncateSync(path, bytes)
      expect(await procura('audit', 'export', 'trail.jsonl')).toMatchObject({ code: 0 })
      expect(undated(readFileSync(path, 'utf8'))).toBe(undated(whole))
      expect(await procura('audit', 'verify', 'trail.jsonl', ...authority)).toMatchObject({ code: 0 })
    }
    const strange = join(directory, 'letter.txt')
    writeFileSync(strange, 'Dear Ada')
    expect(await procura('audit', 'export', 'letter.txt')).toMatchObject({ code: 2 })
    expect(readFileSync(strange, 'utf8')).toBe('Dear Ada')
    appendFileSync(path, '{"something":"else"}\n')
    expect(await procura('audit', 'export', 'trail.jsonl')).toMatchObject({ code: 2 })
  })

  it.each([
    ['edited', "UPDATE audit SET entry = replace(entry, 'own_', 'agt_') WHERE seq = 4", 4, 'hash_mismatch'],
    ['deleted', 'DELETE FROM audit WHERE seq = 4', 4, 'unexplained'],
    [
      'given another hash',
      "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1), '_') WHERE seq = 4",
      4,
      'hash_mismatch',
    ],
  ])('finds the entry that was %s past the service [AL-01]', async (_, sql, seq, problem) => {
    await keep(await addOwners(3))
    await tamper(sql)
    await procura('audit', 'export', 'trail.jsonl')
    const outcome = await verify('--checkpoint', 'kept.txt')

    expect(outcome.code).toBe(3)
    expect(outcome.json()).toEqual({ intact: false, seq, problem })
  })
})

const TODAY = expect.stringMatching(/^20\d\d-\d\d-\d\dT/)

it('says by the authority’s own word whose key signs, offline, and takes nobody else’s [A2]', async () => {
  const authority = service.initialized.tenant.authority
  await keep(await addOwners(1))
  await procura('audit', 'export', 'trail.jsonl')
  const verify = (...more: string[]) =>
    run(['audit', 'verify', 'trail.jsonl', '--json', ...more], { directory })
  const stranger = didOf(await newSigner())

  expect((await verify('--authority', authority, '--checkpoint', 'kept.txt')).json()).toMatchObject({
    intact: true,
    authority,
    vouched: [{ key: readFileSync(join(directory, 'audit.key'), 'utf8').trim(), at: TODAY }],
  })
  expect((await verify('--authority', authority, '--key', 'audit.key')).code).toBe(0)
  const refused = [
    await verify('--authority', stranger),
    await verify('--authority', authority, '--key', stranger),
  ]
  expect(refused.map(({ code, stderr }) => [code, JSON.parse(stderr).error.code])).toEqual([
    [3, 'unvouched'],
    [3, 'unvouched'],
  ])
  expect((await verify('--authority', 'acme')).code).toBe(2)
  expect((await verify()).code).toBe(2)
  const text = readFileSync(join(directory, 'trail.jsonl'), 'utf8')
  await procura('audit', 'export', 'trail.jsonl')
  expect(readFileSync(join(directory, 'trail.jsonl'), 'utf8')).toBe(text)
})

it('proves a trail whose old texts were removed, and says that they were [A2]', async () => {
  await service.close()
  let ahead = 0
  service = await startTestService({
    checkpointMs: 20,
    auditRetentionDays: 365,
    clock: () => Date.now() + ahead,
  })
  const settings = `issuer: ${service.url}\nkeyFile: ${service.initialized.adminKeyFile}\n`
  writeFileSync(join(directory, 'procura.yaml'), settings)
  const online = { directory, clock: () => Date.now() + ahead, fetch: globalThis.fetch }
  await keep(await addOwners(2))
  await run(['audit', 'export', 'early.jsonl'], online)
  ahead = 400 * 86_400_000
  while ((await service.admin.get('/v1/audit')).json.items[0].seq === 1) await addOwner(service.admin)
  await untilCovered(await lastSeq())
  for (const file of ['early.jsonl', 'trail.jsonl']) {
    expect(await run(['audit', 'export', file], online)).toMatchObject({ code: 0 })
    const words = ['audit', 'verify', file, '--key', 'audit.key', '--checkpoint', 'kept.txt', '--json']
    const removed = removedIn(file)
    expect((await run(words, online)).json()).toMatchObject({ intact: true, removed })
  }
  expect([removedIn('early.jsonl'), removedIn('trail.jsonl') >= 6]).toEqual([0, true])
})

/** Entries of an export whose text was removed. */
function removedIn(file: string): number {
  const lines = readFileSync(join(directory, file), 'utf8').trim().split('\n')
  return lines.filter((line) => JSON.parse(line).removed !== undefined).length
}

async function lastSeq(): Promise<number> {
  return (await service.admin.get('/v1/audit?limit=200')).json.items.at(-1).seq
}

async function untilCovered(size: number): Promise<void> {
  for (;;) {
    const { json } = await service.admin.get('/v1/audit/checkpoint')
    if (json.size >= size) return
  }
}

describe('the service itself', () => {
  it.each([
    ['was cut', 'DELETE FROM audit WHERE seq > 3; DELETE FROM outbox', 'truncated'],
    [
      'was put back and went on otherwise',
      "UPDATE audit SET entry = replace(entry, 'own_', 'agt_') WHERE seq = 10",
      'rewritten',
    ],
  ])(
    'signs no checkpoint of a trail that %s, and raises an alarm [AL-01] [AL-02]',
    async (_, sql, problem) => {
      const size = await addOwners(3)
      expect(size).toBe(10)
      await keep(size)
      const alarms = await tamper(sql)
      await addOwner(service.admin)
      while (alarms.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))

      expect(JSON.parse(alarms[0] ?? '')).toMatchObject({ msg: expect.stringContaining('ALARM'), problem })
      const { json } = await service.admin.get('/v1/audit/checkpoint')
      expect(json).toMatchObject({ size, note: readFileSync(join(directory, 'kept.txt'), 'utf8') })
    },
  )

  it('signs no tree that does not contain the last checkpoint [AL-02]', async () => {
    const size = await addOwners(2)
    await keep(size)
    const alarms = await tamper(`DROP TRIGGER audit_checkpoints_forward;
      UPDATE audit_checkpoints SET note = replace(note, substr(note, instr(note, char(10)) + 3, 4), 'AAAA')`)
    await addOwner(service.admin)
    while (alarms.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))

    expect(alarms[0]).toContain('does not contain its last checkpoint')
    expect((await service.admin.get('/v1/audit/checkpoint')).json.size).toBe(size)
  })

  it('makes no change whose entry cannot be written [AL-03] [AL-04]', async () => {
    await addOwners(1)
    const before = (await service.admin.get('/v1/owners')).json.items.length
    const trigger = "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    await tamper(trigger)

    const answer = await service.admin.post('/v1/owners', {
      name: 'Support',
      accountable: 'Ada Lovelace',
      entitlements: [{ type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }],
    })

    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect((await service.admin.get('/v1/owners')).json.items).toHaveLength(before)
    expect((await service.admin.get('/v1/audit')).status).toBe(200)
  })

  it('gives numbers without a gap or a fork to what is done at once [AL-11]', async () => {
    await Promise.all(Array.from({ length: 30 }, () => addOwner(service.admin)))
    const { items } = (await service.admin.get('/v1/audit?limit=200')).json
    await keep(items.length)
    await procura('audit', 'export', 'trail.jsonl')

    expect(items.map(({ seq }: { seq: number }) => seq)).toEqual(items.map((_: object, i: number) => i + 1))
    expect((await verify('--checkpoint', 'kept.txt')).json()).toMatchObject({
      intact: true,
      entries: items.length,
    })
  })
})

it('is signed with a key that signs nothing else [AL-02]', async () => {
  await keep(await addOwners(1))
  const key = readFileSync(join(directory, 'audit.key'), 'utf8').trim()
  const { authority, statusIssuer } = service.initialized.tenant
  const other = await createLocalSigner(await generateKey('Ed25519'))
  await procura('audit', 'export', 'trail.jsonl')

  expect((await verify()).code).toBe(0)
  for (const did of [authority, statusIssuer, other.keyId.split('#')[0] ?? '']) {
    const outcome = await procura('audit', 'verify', 'trail.jsonl', '--key', did, '--json')
    expect(outcome.json()).toMatchObject({ intact: false, problem: 'bad_checkpoint' })
  }
  expect(key).toContain('/audit/acme+')
})
