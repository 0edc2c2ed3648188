import type { TestProject } from 'vitest/node'
import { openPostgresStore } from '../../src/server/store/postgres/open-postgres-store.ts'
import { type PostgresServer, postgresPrograms, startPostgres, UNSYNCED } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests of stores make their databases; absent where they work on files. */
    postgresPort?: number
  }
}

/** A database with the schema and nothing else, copied for each test. */
export const TEMPLATE = 'procura_template'

let server: PostgresServer | undefined

/** One server for all tests of a project. */
export async function setup(project: TestProject): Promise<void> {
  if (postgresPrograms() === undefined) return
  server = await startPostgres({ settings: UNSYNCED })
  const url = await server.createDatabase(TEMPLATE)
  await (await openPostgresStore({ url })).close()
  project.provide('postgresPort', server.port)
}

export async function teardown(): Promise<void> {
  await server?.stop()
}
