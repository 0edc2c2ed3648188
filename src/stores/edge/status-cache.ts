import type { StatusStore } from '../../verifier/ports.ts'
import { keyOf } from './key-of.ts'

/** Where in the cache: an address that nobody can ask for. */
const PLACE = 'https://status.procura.invalid/'

/** For how long a cache is asked to keep it, in seconds: no status is good for longer. */
const KEPT_SECONDS = 86_400

/**
 * Keeps status in a cache of the Cache API, which one data centre or one browser shares, and which forgets whenever it
 * likes: enough to start with what was known a moment ago, not for evidence that has to last.
 *
 * @param name Of the cache.
 */
export function statusCache(name = 'procura-status'): StatusStore {
  const open = () => caches.open(name)
  return {
    load: async (authority) => {
      const cache = await open()
      const kept = await cache.match(PLACE + keyOf(authority))
      return kept === undefined ? undefined : new Uint8Array(await kept.arrayBuffer())
    },
    save: async (authority, status) => {
      const cache = await open()
      const headers = {
        'cache-control': `max-age=${KEPT_SECONDS}`,
        'content-type': 'application/octet-stream',
      }
      await cache.put(PLACE + keyOf(authority), new Response(new Uint8Array(status), { headers }))
    },
  }
}
