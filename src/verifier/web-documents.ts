import type { WebAccess } from '../did/fetch-did-web.ts'
import { FollowedDocuments } from '../did/followed-documents.ts'

/**
 * Follows DID documents of the web. What fetches and reads them is loaded when the first authority is met whose
 * document lies there; most are keys.
 */
export function followWebDocuments(access: WebAccess): FollowedDocuments {
  return new FollowedDocuments({
    clock: access.clock,
    loaders: {
      web: async (did) => (await import('../did/fetch-did-web.ts')).fetchDidWeb(did, access),
      webvh: async (did) => (await import('../did/fetch-did-webvh.ts')).fetchDidWebvh(did, access),
    },
  })
}
