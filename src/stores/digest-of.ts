import { createHash } from 'node:crypto'

/** What a text is in a store: of one size, and no list of who did what. */
export function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}
