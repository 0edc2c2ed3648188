import type { StatusStore } from '../../verifier/ports.ts'
import { keyOf } from './key-of.ts'

/** What is used of a key-value namespace, as Workers KV has it: a value is replaced as a whole. */
export interface KvNamespace {
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>
  put(key: string, value: ArrayBuffer | ArrayBufferView): Promise<void>
}

/**
 * Keeps status in a key-value namespace, one value for each authority, and one for evidence against it. Such a namespace
 * may answer with a value of a minute ago: it is verified, and a newer status is not forgotten for it.
 *
 * @param prefix Of the keys.
 */
export function statusKv(namespace: KvNamespace, prefix = 'procura-status/'): StatusStore {
  return {
    load: async (authority) => {
      const value = await namespace.get(prefix + keyOf(authority), 'arrayBuffer')
      return value === null ? undefined : new Uint8Array(value)
    },
    save: (authority, status) => namespace.put(prefix + keyOf(authority), status),
  }
}
