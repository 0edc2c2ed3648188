/**
 * Stores that outlive a process: for the options `usage`, `replay` and `chains` of `createVerifier`, which several
 * processes share, and for `statusStore`.
 */
export { openPostgresStores, type PostgresStoresOptions } from './postgres/open-postgres-stores.ts'
export type { SharedStores } from './shared-stores.ts'
export { openSqliteStores, type SqliteStores, type SqliteStoresOptions } from './sqlite/open-sqlite-stores.ts'
export { statusFolder } from './status-folder.ts'
