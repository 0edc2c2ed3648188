import type { Json } from '../core/json.ts'
import { isUnambiguousPath } from './path.ts'
import { isPlainText } from './text.ts'

/** Longest identifier of a resource, in characters. */
const MAX_IDENTIFIER_CHARS = 256

/** Reads an identifier of a grant: a resource, or with a trailing `/` all resources below it. */
export function parseIdentifier(json: Json): string | undefined {
  return typeof json === 'string' && isPlainText(json, MAX_IDENTIFIER_CHARS) ? json : undefined
}

/**
 * Tells whether `granted` covers `wanted`, a resource or a narrower prefix: equal, or below a prefix by whole
 * segments. `inbox/` covers `inbox/support`, neither `inbox` nor `inbox/../admin`; `inbox` covers only itself.
 */
export function coversIdentifier(granted: string, wanted: string): boolean {
  if (granted === wanted) return true
  return granted.endsWith('/') && wanted.startsWith(granted) && isBelow(wanted, granted.length)
}

/** What follows the prefix is judged with the `/` that ends the prefix, so that an empty first segment shows. */
function isBelow(wanted: string, prefixLength: number): boolean {
  return isUnambiguousPath(wanted.slice(prefixLength - 1))
}
