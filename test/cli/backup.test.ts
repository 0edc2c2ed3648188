import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { initialize } from '../../src/server/initialize.ts'
import { openWriter } from '../../src/server/store/sqlite/database.ts'
import { run, scratch } from './run.ts'

async function issuer(): Promise<string> {
  const dataDir = scratch()
  await initialize({ dataDir, tenant: 'acme', origin: 'http://127.0.0.1:8787' })
  return dataDir
}

/** A data directory with nothing but the key-encryption key of another one. */
function scratchWithKey(dataDir: string): string {
  const other = scratch()
  copyFileSync(join(dataDir, 'key-encryption-key'), join(other, 'key-encryption-key'))
  return other
}

describe('procura backup and restore', () => {
  it('say what they made, what is not in it, and what comes next', async () => {
    const [dataDir, out, other] = [await issuer(), scratch(), scratch()]
    const made = await run(['backup', '--data', dataDir, '--out', out])
    const folder = join(out, readdirSync(out)[0] ?? '')
    const keyless = await run(['restore', folder, '--data', other])
    copyFileSync(join(dataDir, 'key-encryption-key'), join(other, 'key-encryption-key'))
    const restored = await run(['restore', folder, '--data', other])

    expect([made.code, keyless.code, restored.code]).toEqual([0, 2, 0])
    expect(keyless.stderr).toContain(`${join(other, 'key-encryption-key')} cannot be read`)
    expect(made.stdout).toContain(`Backed up into ${folder}`)
    expect(made.stdout).toContain(join(dataDir, 'key-encryption-key'))
    expect(restored.stdout).toContain('procura catch-up --published')
    expect((await run(['fsck', '--data', other])).code).toBe(0)
  })

  it('say it as JSON to programs', async () => {
    const [dataDir, out] = [await issuer(), scratch()]
    const made = (await run(['backup', '--data', dataDir, '--out', out, '--json'])).json()
    const restored = await run(['restore', String(made.folder), '--data', scratchWithKey(dataDir), '--json'])

    expect(made).toMatchObject({ schema: expect.any(Number), tenants: [{ id: 'acme', auditEntries: 1 }] })
    expect(restored.json()).toMatchObject({ tenants: [{ id: 'acme' }], count: 0 })
  })

  it('keep what contradicts itself, and end with 3', async () => {
    const [dataDir, out] = [await issuer(), scratch()]
    const db = openWriter(join(dataDir, 'procura.sqlite'))
    const guard = await db.get("SELECT sql FROM sqlite_schema WHERE name = 'audit_append_only'")
    await db.exec("DROP TRIGGER audit_append_only; UPDATE audit SET entry = replace(entry, 'acme', 'evil')")
    await db.exec(String(guard?.sql))
    db.close()
    const made = await run(['backup', '--data', dataDir, '--out', out, '--json'])
    const restored = await run(['restore', String(made.json().folder), '--data', scratchWithKey(dataDir)])

    expect([made.code, restored.code]).toEqual([3, 3])
    expect(made.json()).toMatchObject({ count: 1, findings: [{ code: 'audit_broken' }] })
  })

  it('refuse with 2 a log of another file that lies where the registry shall be', async () => {
    const [dataDir, out] = [await issuer(), scratch()]
    const other = scratchWithKey(dataDir)
    const made = (await run(['backup', '--data', dataDir, '--out', out, '--json'])).json()
    writeFileSync(join(other, 'procura.sqlite-wal'), 'old')
    const refused = await run(['restore', String(made.folder), '--data', other])

    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('procura.sqlite-wal is there')
    expect((await run(['restore', String(made.folder), '--data', scratchWithKey(dataDir)])).code).toBe(0)
  })
})
