/** Stores of status for runtimes without files: for the option `statusStore` of `createVerifier`. Needs nothing of Node. */
export { statusCache } from './status-cache.ts'
export { type KvNamespace, statusKv } from './status-kv.ts'
