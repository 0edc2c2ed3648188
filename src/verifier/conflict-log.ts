import type { Clock } from '../core/clock.ts'
import { isJsonArray, isJsonObject, type Json, member, parseStrictJson } from '../core/json.ts'
import type { StatusAlarm } from '../status/alarm.ts'
import { isClosed, naturalMember, stringMember } from '../status/closed-object.ts'
import { sealText, unsealText } from './sealed-text.ts'
import type { Keeping } from './status-keeper.ts'

/** Most conflicts kept of one authority. The first are kept: whoever makes more of them must not push those out. */
export const MAX_CONFLICTS = 16

/** Most characters of the objects of all of them: heads are small, emergency lists may be long. */
export const MAX_CONFLICT_CHARS: number = 2 * 1024 * 1024

/** An object as it was signed, and where it was found: URL of a place, `push`, `bundle`, `staple` or `kept`. */
export interface FoundObject {
  readonly token: string
  readonly from: string
}

/** Two signed objects that an honest status issuer, or authority, never both signs. */
export interface StatusConflict {
  readonly kind: 'head_conflict' | 'emergency_rollback'
  /** Milliseconds since 1970. */
  readonly seenAt: number
  readonly held: FoundObject
  readonly presented: FoundObject
}

/** Where the two objects of an alarm were found. */
export interface Found {
  readonly held: string
  readonly presented: string
}

interface ConflictLogOptions {
  readonly authority: string
  readonly clock: Clock
  /** Absent: kept in this process only. */
  readonly keeping: Keeping | undefined
}

/** The evidence against one authority or its status issuer: kept for good, beside what is held of the status. */
export class ConflictLog {
  readonly #options: ConflictLogOptions
  #conflicts: readonly StatusConflict[] = []
  #isLoaded = false
  #isSaved = true

  constructor(options: ConflictLogOptions) {
    this.#options = options
  }

  /** Oldest first. */
  get conflicts(): readonly StatusConflict[] {
    return this.#conflicts
  }

  /** Notes what an alarm has two signed objects of. */
  note(alarm: StatusAlarm, from: Found): void {
    if (alarm.kind !== 'head_conflict' && alarm.kind !== 'emergency_rollback') return
    const held = { token: alarm.held.token, from: from.held }
    const presented = { token: alarm.presented.token, from: from.presented }
    this.#add([{ kind: alarm.kind, seenAt: this.#options.clock(), held, presented }])
  }

  /** Reads what was kept, unless that was done. A store that fails is asked again. */
  async load(): Promise<void> {
    const { keeping } = this.#options
    if (this.#isLoaded || keeping === undefined) return
    const bytes = await keeping.store.load(this.#key)
    this.#isLoaded = bytes !== 'failed'
    const isNew = this.#conflicts.length > 0
    if (bytes instanceof Uint8Array) this.#add(parseConflicts(bytes))
    this.#isSaved = !isNew
  }

  /** Keeps what is new, beside what other processes have kept meanwhile. Never rejects. */
  async save(): Promise<void> {
    const { keeping } = this.#options
    if (this.#isSaved || !this.#isLoaded || keeping === undefined) return
    const bytes = await keeping.store.load(this.#key)
    if (bytes === 'failed') return
    if (bytes !== undefined) this.#add(parseConflicts(bytes))
    this.#isSaved = await keeping.store.save(this.#key, encodeConflicts(this.#conflicts))
  }

  /** A DID URL: no authority is called so. */
  get #key(): string {
    return `${this.#options.authority}#conflicts`
  }

  #add(conflicts: readonly StatusConflict[]): void {
    for (const conflict of conflicts) {
      const isKnown = this.#conflicts.some((known) => idOf(known) === idOf(conflict))
      if (isKnown || !this.#hasRoomFor(conflict)) continue
      this.#conflicts = [...this.#conflicts, conflict].sort((a, b) => a.seenAt - b.seenAt)
      this.#isSaved = false
    }
  }

  #hasRoomFor(conflict: StatusConflict): boolean {
    const chars = [...this.#conflicts, conflict].reduce((sum, one) => sum + idOf(one).length, 0)
    return this.#conflicts.length < MAX_CONFLICTS && chars <= MAX_CONFLICT_CHARS
  }
}

function idOf({ held, presented }: StatusConflict): string {
  return `${held.token} ${presented.token}`
}

function encodeConflicts(conflicts: readonly StatusConflict[]): Uint8Array {
  return sealText(JSON.stringify({ conflicts }))
}

/** What was not written whole is none. */
export function parseConflicts(bytes: Uint8Array): readonly StatusConflict[] {
  const json = parseStrictJson(unsealText(bytes) ?? '')
  const items = isJsonObject(json) ? member(json, 'conflicts') : undefined
  if (!isJsonArray(items) || items.length > MAX_CONFLICTS) return []
  return items.map(parseConflict).filter((one) => one !== undefined)
}

function parseConflict(json: Json): StatusConflict | undefined {
  if (!isJsonObject(json) || !isClosed(json, ['kind', 'seenAt', 'held', 'presented'])) return undefined
  const kind = stringMember(json, 'kind')
  const seenAt = naturalMember(json, 'seenAt')
  const held = parseFound(member(json, 'held'))
  const presented = parseFound(member(json, 'presented'))
  if (kind !== 'head_conflict' && kind !== 'emergency_rollback') return undefined
  if (seenAt === undefined || held === undefined || presented === undefined) return undefined
  return { kind, seenAt, held, presented }
}

function parseFound(json: Json | undefined): FoundObject | undefined {
  if (!isJsonObject(json) || !isClosed(json, ['token', 'from'])) return undefined
  const token = stringMember(json, 'token')
  const from = stringMember(json, 'from')
  return token === undefined || from === undefined ? undefined : { token, from }
}
