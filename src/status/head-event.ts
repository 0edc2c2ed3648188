import { isJsonObject, type JsonObject, member, parseStrictJson } from '../core/json.ts'
import { MAX_HEAD_BYTES } from './head.ts'

/** Name of the event that carries a head. Readers pass over others. */
export const HEAD_EVENT = 'head'

/** Most characters of changes that an event carries: whoever is told of more asks for them. */
export const MAX_PUSHED_CHANGES_CHARS: number = 16 * 1024

/** Longest event that is read, in characters. */
export const MAX_HEAD_EVENT_CHARS: number = 64 * 1024

/** A head as it is pushed, with the changes that lead to it where they are few. */
export interface PushedHead {
  /** As it is served at `…/head`. */
  readonly head: string
  /** Slices of changes by their number, as they are served at `…/changes/{slice}`. */
  readonly changes: Readonly<Record<string, string>>
}

/** Writes the event of a head (docs/spec/05-status.md "Push"). @param seq Number of the head. */
export function encodeHeadEvent(seq: number, { head, changes }: PushedHead): string {
  return `event: ${HEAD_EVENT}\nid: ${seq}\ndata: ${JSON.stringify({ head, changes })}\n\n`
}

/**
 * Reads the data of such an event. Shows nothing about who wrote it.
 *
 * @returns `undefined` for what {@link encodeHeadEvent} does not write. Members that are not known are passed over.
 */
export function parseHeadEvent(data: string): PushedHead | undefined {
  const parsed = parseStrictJson(data)
  if (!isJsonObject(parsed)) return undefined
  const head = member(parsed, 'head')
  const changes = member(parsed, 'changes')
  if (typeof head !== 'string' || head.length > MAX_HEAD_BYTES || !isJsonObject(changes)) return undefined
  return isTexts(changes) ? { head, changes } : undefined
}

function isTexts(changes: JsonObject): changes is Record<string, string> {
  return Object.values(changes).every((slice) => typeof slice === 'string')
}
