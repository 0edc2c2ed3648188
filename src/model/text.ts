import type { Json } from '../core/json.ts'

/** Most characters (UTF-16 code units) of a name, a purpose, and of an opaque id. */
const MAX_NAME_CHARS = 128
const MAX_PURPOSE_CHARS = 512
const MAX_TOKEN_CHARS = 128

/**
 * Control characters, lone surrogates, and characters that hide or reorder text in front of a person or a model:
 * zero-width spaces, bidirectional controls, line and paragraph separators, tag characters. ZWJ and ZWNJ stay
 * allowed, because scripts and emoji need them.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u

/** Visible ASCII: what fits into a header, a key and a log line as it is. */
const TOKEN = /^[!-~]+$/

/** `urn:uuid:` in the one spelling that RFC 9562 §4 writes, lower case. */
const UUID_URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Tells whether `text` has 1 to `maxChars` characters and none that could deceive a reader. */
export function isPlainText(text: string, maxChars: number): boolean {
  return text !== '' && text.length <= maxChars && !UNSAFE.test(text)
}

/** A short text for people: a name, a team, a task. */
export function isName(text: string): boolean {
  return isPlainText(text, MAX_NAME_CHARS)
}

/** A text for people that says what a delegation is for. */
export function isPurpose(text: string): boolean {
  return isPlainText(text, MAX_PURPOSE_CHARS)
}

/** An opaque id or a short name for machines: tenant, environment, agent id, assurance. */
export function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_CHARS && TOKEN.test(text)
}

export function isUuidUrn(text: string): boolean {
  return UUID_URN.test(text)
}

/** Makes an item parser of {@link MemberReader.list} from a predicate. */
export function textWhere(isValid: (text: string) => boolean): (json: Json) => string | undefined {
  return (json) => (typeof json === 'string' && isValid(json) ? json : undefined)
}
