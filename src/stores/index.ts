/** Stores that outlive a process and are shared by several: for the options `usage`, `replay` and `chains` of `createVerifier`. */
export { openSqliteStores, type SqliteStores, type SqliteStoresOptions } from './sqlite/open-sqlite-stores.ts'
