import type { Fetch } from '../../src/core/clock.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { StatusSite } from '../helpers/status-site.ts'
import { makeWebPerson, type Person, World } from '../helpers/world.ts'

export const AUTHORITY: Did = 'did:web:id.example'
export const STATUS: Did = 'did:web:id.example:status'
export const AUTHORITY_URL = 'https://id.example/.well-known/did.json'
const STATUS_URL = 'https://id.example/status/did.json'

/** A world whose authority and status issuer are DIDs of the web, with documents that can be changed. */
export interface WebWorld {
  readonly world: World
  /** By URL. */
  readonly documents: Map<string, object>
  /** Serves the documents, and the status of the world. */
  readonly fetch: Fetch
  /** Lists these keys, and no other, in the document of the authority. */
  listAuthorityKeys(...signers: readonly Signer[]): void
  /** Puts a key with the same DID in the place of the status issuer's, and publishes with it alone. */
  rotateStatusKey(next: Person): Promise<void>
}

export async function createWebWorld(): Promise<WebWorld> {
  const authority = await makeWebPerson(AUTHORITY)
  const statusIssuer = await makeWebPerson(STATUS)
  const world = await World.create('Ed25519', { authority, statusIssuer })
  const documents = new Map<string, object>()
  const listAuthorityKeys = (...signers: readonly Signer[]) =>
    documents.set(AUTHORITY_URL, documentOf(AUTHORITY, signers, [statusService(world.trust)]))
  listAuthorityKeys(authority.signer)
  documents.set(STATUS_URL, documentOf(STATUS, [statusIssuer.signer]))
  return {
    world,
    documents,
    listAuthorityKeys,
    fetch: async (input, init) => {
      const url = String(input)
      if (!url.endsWith('did.json')) return world.site.fetch(input, init)
      const document = documents.get(url)
      return document === undefined ? new Response('', { status: 404 }) : Response.json(document)
    },
    rotateStatusKey: async (next) => {
      documents.set(STATUS_URL, documentOf(STATUS, [next.signer]))
      const site = new StatusSite(world.site.base, next.did, next.signer, world.clock)
      await site.publish()
      for (const [url, text] of site.documents) world.site.documents.set(url, text)
    },
  }
}
