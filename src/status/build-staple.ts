import { encodeBase64url } from '../core/base64url.ts'
import type { JsonObject } from '../core/json.ts'
import { inclusionProof } from '../core/merkle-proof.ts'
import { type Leaf, leafHash } from './leaf-table.ts'

/** What a status issuer published, as it was fetched. */
export interface PublishedStatus {
  /** The compact JWS. */
  readonly head: string
  /** The emergency list that the head commits to, if any. */
  readonly emergency: string | null
  /** All leaves under the head's root, ascending by URL. */
  readonly leaves: readonly Leaf[]
  /** Lists as `vc+jwt`, by their URLs. */
  readonly lists: ReadonlyMap<string, string>
}

/** Writes a staple: `{ head, emergency, size, lists: [{ list, credential, index, proof }] }` (docs/spec/06-presenting.md "Stapling"). */
export function buildStaple({ head, emergency, leaves, lists }: PublishedStatus): JsonObject {
  const hashes = leaves.map(leafHash)
  const written = [...lists].map(([list, credential]) => {
    const index = leaves.findIndex((leaf) => leaf.list === list)
    return { list, credential, index, proof: inclusionProof(hashes, index).map(encodeBase64url) }
  })
  return { head, emergency, size: leaves.length, lists: written }
}
