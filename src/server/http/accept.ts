/** Ranges of one `Accept` field that are looked at; nobody needs more, and each costs a little. */
const MAX_RANGES = 64

/** A media range without parameters, in lower case, and how much it is wanted. */
interface MediaRange {
  readonly range: string
  /** 0 to 1; 0 excludes. */
  readonly weight: number
}

/** A weight of RFC 9110 §12.4.2: at most three digits after the point. */
const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/**
 * Which of the media types on offer a client wants most (RFC 9110 §12.5.1). Of several ranges that match one type, the
 * most specific one says how much it is wanted. Parameters other than `q` are not looked at, because nothing on offer
 * has any; a range that is not well-formed counts as not said.
 *
 * @param accept The `Accept` field, `null` when there is none: anything will do.
 * @param offered Types without parameters, lower case; the first one wins where several are wanted as much.
 * @returns `undefined` when none of them is acceptable.
 */
export function preferredType<T extends string>(accept: string | null, offered: readonly T[]): T | undefined {
  if (accept === null || accept.trim() === '') return offered[0]
  const ranges = parseAccept(accept)
  let best: { readonly type: T; readonly weight: number } | undefined
  for (const type of offered) {
    const weight = weightOf(type, ranges)
    if (weight > (best?.weight ?? 0)) best = { type, weight }
  }
  return best?.type
}

function parseAccept(accept: string): readonly MediaRange[] {
  return splitOutsideQuotes(accept, ',')
    .slice(0, MAX_RANGES)
    .flatMap((text) => parseRange(text) ?? [])
}

function parseRange(text: string): MediaRange | undefined {
  const [range = '', ...parameters] = splitOutsideQuotes(text, ';').map((part) => part.trim().toLowerCase())
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
  return range.includes('/') && WEIGHT.test(q) ? { range, weight: Number(q) } : undefined
}

/** 0 when no range matches. */
function weightOf(type: string, ranges: readonly MediaRange[]): number {
  for (const range of [type, `${type.split('/', 1)[0]}/*`, '*/*']) {
    const matching = ranges.filter((candidate) => candidate.range === range)
    if (matching.length > 0) return Math.max(...matching.map(({ weight }) => weight))
  }
  return 0
}

/** A quoted parameter may hold what separates (RFC 9110 §5.6.4). */
function splitOutsideQuotes(text: string, separator: ',' | ';'): readonly string[] {
  const parts = ['']
  let isQuoted = false
  let isEscaped = false
  for (const char of text) {
    if (char === separator && !isQuoted) {
      parts.push('')
      continue
    }
    if (char === '"' && !isEscaped) isQuoted = !isQuoted
    isEscaped = isQuoted && char === '\\' && !isEscaped
    parts.push((parts.pop() ?? '') + char)
  }
  return parts
}
