import { existsSync, readFileSync } from 'node:fs'

/** Ids of requirements and threats in the titles of a test file, as in `[L4]` or `[SL-14, L4]`. None where there is no file. */
export function idsInTitles(file: string): ReadonlySet<string> {
  const source = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const brackets = source.match(/\[[A-Z]{1,2}-?\d[^\]\n]*\]/g) ?? []
  return new Set(brackets.flatMap((bracket) => bracket.slice(1, -1).split(/, ?/)))
}

/** A row of a table that says what is proven, and by which test files. */
export interface ProvenRow {
  readonly id: string
  readonly state: string
  readonly proof: readonly string[]
}

/** Rows of the form `| L4 | what | state | files |`, in order. */
export function provenRows(document: string): readonly ProvenRow[] {
  return readFileSync(document, 'utf8')
    .split('\n')
    .map((line) => /^\| ([A-Z]{1,2}-?\d+) \| [^|]+ \| ([^|]+) \| ([^|]*)\|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, id = '', state = '', proof = '']) => ({
      id,
      state: state.trim(),
      proof: proof.split(' ').filter(Boolean),
    }))
}
