/** What could move the cursor, hide or reorder text in front of a reader; line breaks too. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

/** Text from elsewhere, made safe for a terminal: one line, what cannot be seen is shown as U+FFFD. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\ufffd')
}

/** A text of at most so many characters; what is cut off is shown by an ellipsis. */
export function shortened(text: string, maxChars: number): string {
  const characters = [...text]
  return characters.length <= maxChars ? text : `${characters.slice(0, maxChars - 1).join('')}…`
}

/** The first items of a list, as many as fit and at least one, and how many more there are: `a, b +3`. */
export function shortList(items: readonly string[], maxChars: number): string {
  let shown = items[0] ?? ''
  let count = 1
  for (const item of items.slice(1)) {
    if (shown.length + item.length + 2 > maxChars) break
    shown = `${shown}, ${item}`
    count += 1
  }
  const more = items.length > count ? ` +${items.length - count}` : ''
  return shortened(shown, maxChars) + more
}

/** Rows as aligned columns, with a header; the last column is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = [header, ...rows.map((row) => row.map(printable))]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Labels and values, values aligned; a value that is `undefined` is left out. Values must be printable. */
export function fields(entries: readonly (readonly [string, string | undefined])[]): readonly string[] {
  const given = entries.filter((entry): entry is [string, string] => entry[1] !== undefined)
  const width = Math.max(0, ...given.map(([label]) => label.length))
  return given.map(([label, value]) => `${label.padEnd(width)}  ${value}`)
}

/** `1 agent`, `3 agents`. */
export function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}
