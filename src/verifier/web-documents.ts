import type { Fetch } from '../core/clock.ts'
import { type Recorded, recordingFetch } from '../core/recording-fetch.ts'
import type { WebAccess } from '../did/fetch-did-web.ts'
import { FollowedDocuments } from '../did/followed-documents.ts'

/**
 * Follows DID documents of the web. What fetches and reads them is loaded when the first authority is met whose
 * document lies there; most are keys.
 */
export function followWebDocuments(access: WebAccess): FollowedDocuments {
  const through = (files: Recorded) => {
    const fetch = files.size === 0 ? access.fetch : answering(new Map(files))
    return { ...access, fetch: recordingFetch(fetch, files) }
  }
  return new FollowedDocuments({
    clock: access.clock,
    loaders: {
      web: async (did, files) => (await import('../did/fetch-did-web.ts')).fetchDidWeb(did, through(files)),
      webvh: async (did, files) =>
        (await import('../did/fetch-did-webvh.ts')).fetchDidWebvh(did, through(files)),
    },
  })
}

/** Files that were fetched before, in the place of the web: they are read as they were then. */
function answering(files: Recorded): Fetch {
  return async (input) => {
    const held = files.get(String(input))
    if (held === undefined) return new Response('', { status: 404 })
    return new Response(new Uint8Array(held), { headers: { 'content-type': 'application/json' } })
  }
}
