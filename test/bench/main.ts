// What Procura costs: npm run bench -- --help. See docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HELP, readArguments, type Wanted } from './arguments.ts'
import { installPeers } from './install-peers.ts'
import { issueRows } from './issue/group.ts'
import { plotScale } from './issue/plots.ts'
import type { Progress } from './measure.ts'
import { revocationRows } from './revocation/group.ts'
import { formatJson, formatLine, type Row, TABLE_HEAD } from './rows.ts'
import { verifyRows } from './verify/group.ts'

type Group = (progress: Progress, peers: boolean, isQuick: boolean) => AsyncIterable<Row>

const GROUPS: ReadonlyMap<string, Group> = new Map([
  ['issue', issueRows],
  ['revocation', revocationRows],
  ['verify', verifyRows],
])

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})

async function main(): Promise<void> {
  const wanted = readArguments(process.argv.slice(2), [...GROUPS.keys()])
  if (wanted === 'help') process.stdout.write(HELP)
  else await measureGroups(wanted)
}

async function measureGroups({ groups, json, peers, isQuick, plots }: Wanted): Promise<void> {
  const withPeers = peers && installPeers()
  if (peers && !withPeers)
    process.stderr.write('The other implementations cannot be installed: without them.\n')
  if (!json) console.log(TABLE_HEAD)
  const rows: Row[] = []
  for (const name of groups) {
    for await (const row of GROUPS.get(name)?.(showProgress, withPeers, isQuick) ?? []) {
      rows.push(row)
      showProgress('')
      console.log(json ? formatJson(row) : formatLine(row))
    }
  }
  showProgress('')
  if (plots !== undefined) writePlots(plots, rows)
}

function writePlots(folder: string, rows: readonly Row[]): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, svg] of plotScale(rows)) writeFileSync(join(folder, name), svg)
}

/** On one line that is written over, for somebody who looks at it. */
function showProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${what === '' ? '' : `… ${what}`}`)
}
