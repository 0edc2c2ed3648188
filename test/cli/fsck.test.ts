import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { initialize } from '../../src/server/initialize.ts'
import { openWriter } from '../../src/server/store/sqlite/database.ts'
import { run, scratch } from './run.ts'

async function issuer(): Promise<string> {
  const dataDir = scratch()
  await initialize({ dataDir, tenant: 'acme', origin: 'http://127.0.0.1:8787' })
  return dataDir
}

describe('procura fsck', () => {
  it('says that a registry is sound, and ends with 0', async () => {
    const dataDir = await issuer()
    const text = await run(['fsck', '--data', dataDir])
    const json = await run(['fsck', '--data', dataDir, '--json'])

    expect([text.code, json.code]).toEqual([0, 0])
    expect(text.stdout).toMatch(
      /^Sound: .*, keys and .* 1 tenant: acme, 0 credentials, 0 runs, 1 audit entry$/m,
    )
    expect(json.json()).toEqual({
      tenants: ['acme'],
      credentials: 0,
      runs: 0,
      auditEntries: 1,
      looksAtKeys: true,
      findings: [],
      count: 0,
    })
  })

  it('says when it could not look at keys', async () => {
    const dataDir = await issuer()
    rmSync(join(dataDir, 'key-encryption-key'))
    const { code, stdout } = await run(['fsck', '--data', dataDir])

    expect(code).toBe(0)
    expect(stdout).toContain('Keys were not looked at')
  })

  it('says what it found and what to do, and ends with 3', async () => {
    const dataDir = await issuer()
    const db = openWriter(join(dataDir, 'procura.sqlite'))
    onTestFinished(() => db.close())
    await db.exec("DROP TRIGGER audit_append_only; UPDATE audit SET entry = replace(entry, 'acme', 'evil')")
    const text = await run(['fsck', '--data', dataDir])
    const json = await run(['fsck', '--data', dataDir, '--json'])

    expect([text.code, json.code]).toEqual([3, 3])
    expect(text.stdout).toMatch(/^audit_broken {2}acme, entry 1: .*\n {2}the trail was changed/m)
    expect(json.json()).toMatchObject({
      count: 2,
      findings: [
        { code: 'schema_changed', subject: 'trigger audit_append_only', detail: 'it is missing' },
        { code: 'audit_broken', tenant: 'acme', fix: expect.stringContaining('backup') },
      ],
    })
  })

  it('ends with 2 where there is no issuer, and with 1 where the file is none', async () => {
    const dataDir = await issuer()
    const broken = scratch()
    const db = openWriter(join(broken, 'procura.sqlite'))
    await db.exec('CREATE TABLE notes (text TEXT)')
    db.close()

    expect((await run(['fsck', '--data', scratch()])).code).toBe(2)
    expect((await run(['fsck', '--data', broken])).code).toBe(1)
    expect((await run(['fsck', '--data', dataDir])).code).toBe(0)
  })
})
