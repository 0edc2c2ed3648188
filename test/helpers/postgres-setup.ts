import type { TestProject } from 'vitest/node'
import { openPostgresStore } from '../../src/server/store/postgres/open-postgres-store.ts'
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests of stores make their databases; absent where they work on files. */
    postgresPort?: number
  }
}

/** A database with the schema and nothing else, copied for each test. */
export const TEMPLATE = 'procura_template'

let server: PostgresServer | undefined

/**
 * One server for all tests of a project. What a crash of the machine would lose is not asked of it here: it does not
 * wait for the disk.
 */
export async function setup(project: TestProject): Promise<void> {
  if (postgresPrograms() === undefined) return
  server = await startPostgres({
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_wal_size: '4GB' },
  })
  const url = await server.createDatabase(TEMPLATE)
  await (await openPostgresStore({ url })).close()
  project.provide('postgresPort', server.port)
}

export async function teardown(): Promise<void> {
  await server?.stop()
}
