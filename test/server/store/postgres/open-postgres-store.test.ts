import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { openPostgresStore } from '../../../../src/server/store/postgres/open-postgres-store.ts'
import { openDatabase, temporaryDatabase } from '../fixtures.ts'

/** As the administrator of the server. */
async function administer(sql: string, database = 'postgres'): Promise<void> {
  const client = new pg.Client(`postgres://postgres@127.0.0.1:${inject('postgresPort')}/${database}`)
  await client.connect()
  await client.query(sql)
  await client.end()
}

describe('openPostgresStore', () => {
  it.each([
    ['no URL', 'localhost/procura', 'ERR_PROCURA_INVALID_CONFIGURATION'],
    ['a URL of another kind', 'mysql://root@127.0.0.1/x', 'ERR_PROCURA_INVALID_CONFIGURATION'],
    ['a server that is not there', 'postgres://u:secret-word@127.0.0.1:1/x', 'ERR_PROCURA_STORAGE'],
  ])('refuses %s, and shows no password', async (_, url, code) => {
    const failure = await openPostgresStore({ url }).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code })
    expect(String(failure)).not.toContain('secret-word')
  })

  it.each(['@/', '/', '?@', '#', '1#', '1?'])('refuses a password with %s as it is', async (text) => {
    const url = `postgres://u:secret-word${text}secret-word@127.0.0.1:1/x`

    const failure = await openPostgresStore({ url }).catch((error: unknown) => error)

    expect(failure).toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
    expect(String(failure)).not.toContain('secret-word')
  })

  it('refuses a database that is not there, and says so', async () => {
    const database = await temporaryDatabase()

    await expect(openDatabase(`${database}_not`)).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringMatching(/_not cannot be used: the server has no database of this name.*3D000/),
    })
  })

  it.each([
    ['a superuser', 'SUPERUSER NOBYPASSRLS'],
    ['one that bypasses row-level security', 'NOSUPERUSER BYPASSRLS'],
  ])('refuses the role of %s before it makes anything [T1]', async (_, attributes) => {
    const role = `role_${randomUUID().replaceAll('-', '')}`
    await administer(`CREATE ROLE ${role} LOGIN ${attributes}`)
    const database = `test_${randomUUID().replaceAll('-', '')}`
    await administer(`CREATE DATABASE ${database} OWNER ${role}`)
    onTestFinished(() => administer(`DROP DATABASE ${database} WITH (FORCE)`))
    const url = new URL(await temporaryDatabase())
    url.username = role
    url.pathname = `/${database}`

    await expect(openDatabase(url.href)).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })

    await administer(`ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS`)
    await (await openDatabase(url.href)).close()
  })

  it('refuses a role that may not look itself up, and waits for nothing then', async () => {
    const url = await temporaryDatabase()
    const name = new URL(url).pathname.slice(1)
    await administer('REVOKE SELECT ON pg_catalog.pg_roles FROM PUBLIC', name)

    await expect(openDatabase(url)).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('42501'),
    })
    await administer('GRANT SELECT ON pg_catalog.pg_roles TO PUBLIC', name)
    await (await openDatabase(url)).close()
  })

  it('makes no schema beside a service, and brings none forward', async () => {
    const url = new URL(await temporaryDatabase())
    url.pathname = `/test_${randomUUID().replaceAll('-', '')}`
    const name = url.pathname.slice(1)
    await administer(`CREATE DATABASE ${name} OWNER ${url.username}`)
    onTestFinished(() => administer(`DROP DATABASE ${name} WITH (FORCE)`))
    const beside = () => openPostgresStore({ url: url.href, keepsSchema: true })

    await expect(beside()).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('there is no issuer in it'),
    })
    await (await openDatabase(url.href)).close()
    await (await beside()).close()
    await administer('DELETE FROM procura.schema_version WHERE version > 1', name)
    await expect(beside()).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
  })

  it('says whose the schema is when another role made it', async () => {
    const url = new URL(await temporaryDatabase())
    const role = `role_${randomUUID().replaceAll('-', '')}`
    await administer(`CREATE ROLE ${role} LOGIN`)
    await administer(`GRANT CREATE ON DATABASE ${url.pathname.slice(1)} TO ${role}`)
    const own = url.href
    url.username = role

    await expect(openDatabase(url.href)).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('another role made the schema procura'),
    })
    await (await openDatabase(own)).close()
  })
})
