import { parseDateTime } from '../core/date-time.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { accept, type RefusalCode, type Refused, refuse, type Verdict } from '../refusal.ts'

/**
 * Fewest and most items of a list. More than `max` is `limit_exceeded`, unless the size is fixed; every other
 * mismatch is `malformed`.
 */
export interface ListSize {
  /** Default 1. */
  readonly min?: number
  readonly max: number
}

/** The failures of one document: only the first is kept. */
interface Failures {
  first: Refused | undefined
}

const EMPTY: JsonObject = Object.freeze(Object.create(null))

/**
 * Reads a closed JSON document: what `read` does not ask for is refused, at every level.
 *
 * Never throws for a bad document. `dimension` of the refusal is a path of names that the code knows.
 *
 * @param read Asks for each member exactly once. Its result counts only when nothing failed.
 */
export function readDocument<T>(json: Json | undefined, read: (members: MemberReader) => T): Verdict<T> {
  const failures: Failures = { first: undefined }
  if (!isJsonObject(json)) return refuse('malformed')
  const value = readMembers(new MemberReader(json, '', failures), read)
  return failures.first ?? accept(value)
}

function readMembers<T>(members: MemberReader, read: (members: MemberReader) => T): T {
  const value = read(members)
  members.close()
  return value
}

/**
 * The members of one object. A member of the wrong form records a failure and reads as a harmless value of the
 * right type, so that parsers are written without a branch per member; {@link readDocument} discards the result.
 */
export class MemberReader {
  readonly #json: JsonObject
  readonly #path: string
  readonly #failures: Failures
  #taken = 0
  #closed = true

  constructor(json: JsonObject, path: string, failures: Failures) {
    this.#json = json
    this.#path = path
    this.#failures = failures
  }

  /** Records a failure, at a member or at the object itself. */
  fail(name?: string, code: RefusalCode = 'malformed'): void {
    const dimension = name === undefined ? this.#path : this.#at(name)
    this.#failures.first ??= refuse(code, dimension === '' ? {} : { dimension })
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#json, name)
  }

  /** Looks at a member without asking for it. */
  peek(name: string): Json | undefined {
    return member(this.#json, name)
  }

  /** Allows members that nobody asked for: only for objects of a kind that this code does not know. */
  ignoreRest(): void {
    this.#closed = false
  }

  /** Refuses the object when it has a member that nobody asked for. */
  close(): void {
    if (this.#closed && Object.keys(this.#json).length !== this.#taken) this.fail()
  }

  /** A member in the form that `parse` knows; `otherwise` is what a failure reads as. */
  parsed<T>(name: string, parse: (json: Json) => T | undefined, otherwise: T): T {
    const json = this.#take(name)
    const value = json === undefined ? undefined : parse(json)
    if (value === undefined) this.fail(name)
    return value ?? otherwise
  }

  text(name: string, isValid: (text: string) => boolean): string {
    return this.#valid(name, this.#take(name), isValid)
  }

  optionalText(name: string, isValid: (text: string) => boolean): string | undefined {
    const text = this.#take(name)
    return text === undefined ? undefined : this.#valid(name, text, isValid)
  }

  /** A string of a fixed set. */
  choice<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const text = this.#take(name)
    for (const choice of choices) if (choice === text) return choice
    this.fail(name)
    return choices[0]
  }

  /** `false` when absent. */
  flag(name: string, absent = false): boolean {
    const value = this.#take(name)
    if (value === undefined) return absent
    if (typeof value === 'boolean') return value
    this.fail(name)
    return absent
  }

  /** A non-negative integer; 0 when absent. */
  count(name: string): number {
    const value = this.#take(name)
    if (value === undefined) return 0
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    this.fail(name)
    return 0
  }

  /** A date with time zone, in milliseconds since 1970. */
  dateTime(name: string): number {
    return this.parsed(name, parseDateTimeMember, 0)
  }

  /** A list whose items all have the form that `parse` knows. */
  list<T>(name: string, size: ListSize, parse: (item: Json) => T | undefined): readonly T[] {
    const values: T[] = []
    for (const item of this.#items(name, size)) {
      const value = parse(item)
      if (value === undefined) this.fail(name)
      else values.push(value)
    }
    return values
  }

  object<T>(name: string, read: (members: MemberReader) => T): T {
    return this.#object(name, this.#take(name), read)
  }

  optionalObject<T>(name: string, read: (members: MemberReader) => T): T | undefined {
    const json = this.#take(name)
    return json === undefined ? undefined : this.#object(name, json, read)
  }

  objects<T>(name: string, size: ListSize, read: (members: MemberReader) => T): readonly T[] {
    return this.#items(name, size).map((item) => this.#object(name, item, read))
  }

  #take(name: string): Json | undefined {
    const value = member(this.#json, name)
    if (value !== undefined) this.#taken++
    return value
  }

  #valid(name: string, text: Json | undefined, isValid: (text: string) => boolean): string {
    if (typeof text === 'string' && isValid(text)) return text
    this.fail(name)
    return ''
  }

  #items(name: string, { min = 1, max }: ListSize): readonly Json[] {
    const items = this.#take(name)
    if (!isJsonArray(items) || items.length < min) this.fail(name)
    else if (items.length <= max) return items
    else this.fail(name, min === max ? 'malformed' : 'limit_exceeded')
    return []
  }

  #object<T>(name: string, json: Json | undefined, read: (members: MemberReader) => T): T {
    if (!isJsonObject(json)) this.fail(name)
    const object = isJsonObject(json) ? json : EMPTY
    return readMembers(new MemberReader(object, this.#at(name), this.#failures), read)
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }
}

function parseDateTimeMember(json: Json): number | undefined {
  return typeof json === 'string' ? parseDateTime(json) : undefined
}
