/** Stores that outlive a process and are shared by several: for the options `usage`, `replay` and `chains` of `createVerifier`. */
export { openPostgresStores, type PostgresStoresOptions } from './postgres/open-postgres-stores.ts'
export type { SharedStores } from './shared-stores.ts'
export { openSqliteStores, type SqliteStoresOptions } from './sqlite/open-sqlite-stores.ts'
