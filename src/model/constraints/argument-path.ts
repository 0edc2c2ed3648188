import { isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import { isPlainText } from '../text.ts'

/** Most members that a path passes through, and most characters of one. */
const MAX_SEGMENTS = 8
const MAX_SEGMENT_CHARS = 64

/** Reads a dot path into the arguments of a request: `amount.value`. */
export function parseArgumentPath(json: Json): readonly string[] | undefined {
  if (typeof json !== 'string') return undefined
  const path = json.split('.', MAX_SEGMENTS + 1)
  const valid = path.length <= MAX_SEGMENTS && path.every((name) => isPlainText(name, MAX_SEGMENT_CHARS))
  return valid ? path : undefined
}

/**
 * The value at a path of own members. Arrays are not walked and the prototype is never read.
 *
 * @returns `undefined` when there is none; callers must deny.
 */
export function readArgument(root: JsonObject | undefined, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root
  for (const name of path) {
    if (!isJsonObject(value)) return undefined
    value = member(value, name)
  }
  return value
}

export function isSamePath(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a?.length === b?.length && (a ?? []).every((name, i) => name === b?.[i])
}
