import { pointsOf } from './issue/plots.ts'
import { exponentOf, extrapolate } from './plot.ts'
import type { Row } from './rows.ts'

/** The size that nobody measures. */
const BEYOND = 1e7

const GROWING = ['issue', 'publish_one', 'publish_all', 'fsck']

/** Rows as `--json` prints them, one on a line. @throws {SyntaxError} for what is no JSON. */
export function parseRows(lines: string): readonly Row[] {
  return lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Row)
}

/** The table of docs/performance.md, and below it what the rows `scale.…` let expect of ten million rows. */
export function formatTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| \`${row.name}\` | ${shown(row)} | ${aimOf(row)} | ${outcomeOf(row)} |`)
  const further = expectations(rows)
  const below = further.length === 0 ? [] : ['', ...further]
  return ['| row | value | target | |', '|---|---|---|---|', ...lines, ...below, ''].join('\n')
}

function shown({ value, unit }: Row): string {
  return value === null ? '' : `${value.toLocaleString('en', { maximumSignificantDigits: 3 })} ${unit}`
}

/** On which side of its target a row has to be follows from where it is and whether that is met. */
function aimOf({ value, target, met }: Row): string {
  if (target === null) return ''
  if (value === null || value === target) return String(target)
  return `${met === value < target ? '≤' : '≥'} ${target}`
}

function outcomeOf({ value, target, met }: Row): string {
  if (target === null) return ''
  return value === null ? 'not measured' : met === true ? 'met' : '**MISSED**'
}

function expectations(rows: readonly Row[]): string[] {
  const unitOf = (key: string) => rows.find(({ name }) => name.endsWith(`.${key}`))?.unit
  return GROWING.flatMap((key) => {
    const points = pointsOf(rows, key)
    if (points.length < 2) return []
    const value = Number(extrapolate(points, BEYOND).toPrecision(2)).toLocaleString('en')
    return [
      `- \`${key}\`: exponent ${exponentOf(points).toFixed(2)}, extrapolated to 10^7: ${value} ${unitOf(key)}`,
    ]
  })
}

const END = '<!-- end of these rows -->'

/** A document with another table of a group between its two comments. @throws {Error} when it has none. */
export function replaceTable(document: string, group: string, table: string): string {
  const begin = `<!-- rows of the group ${group}: node test/bench/table.ts ${group} docs/performance.md < rows -->\n`
  const from = document.indexOf(begin)
  const to = document.indexOf(END, from)
  if (from < 0 || to < from) throw new Error(`the document has no place for rows of the group ${group}`)
  return `${document.slice(0, from + begin.length)}${table}${document.slice(to)}`
}
