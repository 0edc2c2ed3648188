/** How a number of rows is called in the names of rows: `10`, `1e4`, `1e6`. */
export function sizeName(rows: number): string {
  return rows < 1000 ? String(rows) : `1e${Math.round(Math.log10(rows))}`
}

/** The number that {@link sizeName} was made of; `undefined` for any other text. */
export function sizeOf(name: string): number | undefined {
  const size = Number(name)
  return Number.isInteger(size) && size > 0 && sizeName(size) === name ? size : undefined
}
