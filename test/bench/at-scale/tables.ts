import { HEADER_BYTES } from './assumptions.ts'
import { rounded } from './numbers.ts'
import { USUAL, usualPoll, WAYS } from './plots.ts'
import type { Daily, Figures } from './simulate.ts'
import type { Way } from './ways.ts'

const MB = 1e6
const DAY_SECONDS = 86_400
const VERIFIERS = 10_000

const WAY_NAMES = Object.keys(WAYS) as Way[]

/** The tables of docs/revocation-at-scale.md, by the name of the place where each stands. */
export function tablesOf(figures: readonly Figures[]): ReadonlyMap<string, string> {
  const usual = figures.filter(({ revokedPart }) => revokedPart === USUAL.revokedPart)
  const one = usual.find(({ credentials }) => credentials === USUAL.credentials)
  return new Map([
    ['sizes', sizesTable(figures)],
    ['polls', one === undefined ? '' : pollsTable(one)],
    ['populations', populationsTable(figures)],
    ['hosts', one === undefined ? '' : hostsTable(one)],
  ])
}

function sizesTable(figures: readonly Figures[]): string {
  const head = [
    'credentials',
    'revoked',
    'authorities',
    'lists',
    'revocations a day',
    'list of revocations: JSON, JWS',
    'leaf table',
    'head',
  ]
  return table(
    head,
    figures.map(({ credentials, revokedPart, authorities, lists, revocationsPerDay, sizes }) => [
      numeral(credentials),
      percent(revokedPart),
      numeral(authorities),
      lists.toLocaleString('en'),
      numeral(revocationsPerDay),
      `${kilobytes(sizes.revocation.json)}, ${kilobytes(sizes.revocation.jws)}`,
      kilobytes(sizes.leafTable),
      `${sizes.head} B`,
    ]),
  )
}

function pollsTable({ polled, pushed }: Figures): string {
  const rows = polled.map((daily) => [
    pause(daily.pollSeconds),
    ...WAY_NAMES.map((way) => megabytes(daily[way].bytes)),
  ])
  const push = ['pushed', '', '', '', megabytes(pushed.bytes)]
  return table(['a look each', ...Object.values(WAYS)], [...rows, push])
}

function populationsTable(figures: readonly Figures[]): string {
  return table(
    ['credentials', 'revoked', ...Object.values(WAYS), 'pushed'],
    figures.map((figure) => [
      numeral(figure.credentials),
      percent(figure.revokedPart),
      ...WAY_NAMES.map((way) => megabytes(usualPoll(figure)[way].bytes)),
      megabytes(figure.pushed.bytes),
    ]),
  )
}

/** What answers 10,000 verifiers. */
function hostsTable({ polled }: Figures): string {
  const rows = polled.flatMap((daily) =>
    WAY_NAMES.map((way) => [pause(daily.pollSeconds), WAYS[way], ...hostCells(daily[way])]),
  )
  return table(
    ['a look each', 'way', 'requests a second', 'Mbit/s, bodies', 'Mbit/s, with header fields'],
    rows,
  )
}

function hostCells({ requests, bytes }: Daily): readonly string[] {
  const perSecond = (daily: number) => rounded((daily * VERIFIERS) / DAY_SECONDS)
  const megabits = (daily: number) => numeral(perSecond((daily * 8) / MB))
  return [numeral(perSecond(requests)), megabits(bytes), megabits(bytes + requests * HEADER_BYTES)]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n')
}

function pause(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`
}

function percent(part: number): string {
  return `${numeral(part * 100)} %`
}

function kilobytes(bytes: number): string {
  return `${numeral(rounded(bytes / 1000))} kB`
}

function megabytes(bytes: number): string {
  return `${numeral(rounded(bytes / MB))} MB`
}

function numeral(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}
