import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { dataFiles } from '../../../src/server/data-directory.ts'
import { createKeyEncryptionKeyFile } from '../../../src/server/keys/key-encryption-key.ts'
import { openWriter } from '../../../src/server/store/sqlite/database.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  startTestService,
  type TestService,
} from '../../helpers/issuer-service.ts'
import { inconsistencies } from '../store/oracle.ts'

/** Data directories of services that have published a revocation and ended; of `did:key` and of `did:web`. */
let published: { readonly key: string; readonly web: string }

beforeAll(async () => {
  const [key, web] = [await publishRevocation(false), await publishRevocation(true)]
  published = { key: key.dataDir, web: web.dataDir }
  return async () => {
    for (const service of [key, web]) await service.close()
  }
})

async function publishRevocation(didWeb: boolean): Promise<TestService> {
  const service = await startTestService({ didWeb })
  const owner = await addOwner(service.admin)
  const { agent } = await addAgent(service.url, service.admin, owner.id)
  const { id } = await addDelegation(service.admin, agent.id)
  await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'over' })
  await service.service.close()
  return service
}

/** The database of a copy that belongs to one test. */
async function publishedDatabase(didWeb = false): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'procura-fsck-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await cp(didWeb ? published.web : published.key, folder, { recursive: true })
  return join(folder, 'procura.sqlite')
}

function tamper(file: string, sql: string): Promise<void> {
  const db = openWriter(file)
  onTestFinished(() => db.close())
  return db.exec(sql)
}

async function codes(file: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  return (await inconsistencies(file, env)).map((line) => line.split(':')[0] ?? '')
}

describe('fsck of what is published', () => {
  it('finds nothing while the service runs', async () => {
    const service = await startTestService()
    onTestFinished(() => service.close())
    await addOwner(service.admin)

    expect(await inconsistencies(join(service.dataDir, 'procura.sqlite'))).toEqual([])
  })

  it('knows the keys of a did:web status issuer', async () => {
    expect(await inconsistencies(await publishedDatabase(true))).toEqual([])
  })

  it('opens keys that are still under the key-encryption key before', async () => {
    const file = await publishedDatabase(true)
    const next = join(dirname(file), 'next.key')
    await createKeyEncryptionKeyFile(next)
    const { keyEncryptionKey: previous } = dataFiles(dirname(file))

    const env = { PROCURA_KEK_FILE: next, PROCURA_KEK_PREVIOUS_FILE: previous }
    expect(await inconsistencies(file, env)).toEqual([])
  })

  it.each([false, true])('tells of keys that do not open (did:web: %s)', async (didWeb) => {
    const file = await publishedDatabase(didWeb)
    const other = join(dirname(file), 'other.key')
    await createKeyEncryptionKeyFile(other)

    expect(await codes(file, { PROCURA_KEK_FILE: other })).toEqual(['keys_closed'])
    expect(await codes(file)).toEqual([])
  })

  it('tells a copy that lacks the rows of its tenants, or the tenants, from a sound one', async () => {
    const file = await publishedDatabase()
    const db = openWriter(file)
    onTestFinished(() => db.close())
    await db.exec('PRAGMA foreign_keys = OFF')
    const named = (type: string, having: string) =>
      db.all(`SELECT name, sql FROM sqlite_schema WHERE type = '${type}' AND ${having}`)
    const triggers = await named('trigger', 'true')
    for (const { name } of triggers) await db.exec(`DROP TRIGGER ${name}`)
    for (const { name } of await named('table', "name <> 'tenants' AND sql LIKE '%tenant_id TEXT%'"))
      await db.exec(`DELETE FROM ${name}`)
    for (const { sql } of triggers) await db.exec(String(sql))

    expect(await codes(file)).toEqual(['tenant_incomplete'])
    await db.exec('DELETE FROM tenants')
    expect(await codes(file)).toEqual(['tenant_incomplete'])
  })

  it.each([
    [
      'a checkpoint that no key of the tenant signed',
      `DROP TRIGGER audit_checkpoints_forward;
       UPDATE audit_checkpoints SET note = substr(note, 1, length(note) - 14) || 'AAAAAAAA' || substr(note, length(note) - 5)`,
      'audit_broken',
    ],
    [
      'a head that does not verify',
      "UPDATE heads SET jwt = substr(jwt, 1, length(jwt) - 8) || 'AAAAAAAA'",
      'head_invalid',
    ],
    ['a head that says something else', 'UPDATE heads SET seq = seq + 1', 'head_invalid'],
    [
      'a leaf table that was changed',
      "UPDATE leaf_tables SET body = replace(body, 'live', 'retired')",
      'head_invalid',
    ],
    [
      'a list that does not verify',
      "UPDATE publications SET jwt = substr(jwt, 1, length(jwt) - 8) || 'AAAAAAAA'",
      'list_invalid',
    ],
    [
      'a list of which one form does not verify',
      'UPDATE publications SET vc = replace(vc, \'"ttl":60000\', \'"ttl":60001\')',
      'list_invalid',
    ],
    [
      'a list that is gone',
      'PRAGMA foreign_keys = OFF; DELETE FROM publications WHERE superseded_at IS NULL',
      'list_invalid',
    ],
    [
      'a revocation that is published and not in the registry',
      "DROP TRIGGER list_bits_terminal; UPDATE list_bits SET bits = zeroblob(1024) WHERE purpose = 'revocation'",
      'list_differs',
    ],
  ])('finds %s [INV6]', async (_, sql, code) => {
    const file = await publishedDatabase()
    expect(await codes(file)).toEqual([])

    await tamper(file, `DROP TRIGGER heads_forward; ${sql}`)

    expect(await codes(file)).toContain(code)
  })
})
