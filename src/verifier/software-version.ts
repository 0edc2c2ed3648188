/** Numbers with dots, at most eight of nine digits: `2.1.0`, `2026.11`. */
const NUMBERS = String.raw`\d{1,9}(?:\.\d{1,9}){0,7}`
const MINIMUM = new RegExp(`^${NUMBERS}$`)
/** The same, and perhaps what marks a pre-release or a build (Semantic Versioning 2.0.0 §9, §10): `2.1.0-rc.1+7`. */
const VERSION = new RegExp(`^(${NUMBERS})(-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?$`)

/** Whether others can be compared with it by {@link isBelow}. */
export function isMinimumVersion(text: string): boolean {
  return MINIMUM.test(text)
}

/**
 * Tells whether a version comes before `minimum`: by its numbers, where a missing one is 0; a pre-release comes before
 * its release. A version that is not of this form cannot be compared, and so it is below every minimum.
 *
 * @param minimum As {@link isMinimumVersion} wants it.
 */
export function isBelow(version: string, minimum: string): boolean {
  const [, numbers, preRelease] = VERSION.exec(version) ?? []
  if (numbers === undefined) return true
  const order = compareNumbers(numbersOf(numbers), numbersOf(minimum))
  return order < 0 || (order === 0 && preRelease !== undefined)
}

function numbersOf(text: string): readonly number[] {
  return text.split('.').map(Number)
}

/** Negative when `a` comes first, 0 when they are equal. */
function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
