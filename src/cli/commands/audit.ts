import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AuditEntry } from '../../issuer/records.ts'
import { type AuditFilter, AuditTrail } from '../audit/audit-trail.ts'
import { ChainWatch } from '../audit/chain-watch.ts'
import { defineExport } from '../audit/export-command.ts'
import { defineVerify } from '../audit/verify-command.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { EXIT } from '../exit-codes.ts'
import { openIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { printable } from '../terminal/text.ts'
import { formatTime } from '../terminal/time.ts'

/** How often `--follow` asks for more, in milliseconds. */
const FOLLOW_PAUSE_MS = 1_000

export function define(command: Command, cli: Cli): void {
  withIssuer(command.command('tail'))
    .description('show the last entries of the audit trail, and verify their hash chain')
    .option('--limit <count>', 'how many; "all" verifies from the beginning', '20')
    .option('--agent <id>', 'only what concerns this agent')
    .option('--owner <id>', 'only what concerns this owner and whatever acts for it')
    .option('--follow', 'go on as entries come, until interrupted; with --json one entry a line')
    .addHelpText('after', example('procura audit tail --limit all'))
    .action(cli.action((options) => tail(options, cli)))
  defineExport(command, cli)
  defineVerify(command, cli)
}

async function tail(options: Options, cli: Cli): Promise<Report | undefined> {
  const filter = filterOf(options)
  const trail = new AuditTrail(await openIssuer(options, cli), filter)
  const watch = new ChainWatch(Object.keys(filter).length === 0)
  if (options.flag('follow')) return follow(trail, watch, options, cli)
  const entries = await firstEntries(trail, options)
  const lines = entries.flatMap((entry) => linesOf(entry, watch, cli))
  const { broken } = watch
  const chain = { intact: broken === undefined, ...(broken === undefined ? {} : { broken }) }
  return {
    json: { items: entries, chain },
    lines: [...lines, '', paint(watch, cli)],
    exitCode: broken === undefined ? EXIT.ok : EXIT.refused,
  }
}

function filterOf(options: Options): AuditFilter {
  const agent = options.text('agent')
  const owner = options.text('owner')
  return { ...(agent === undefined ? {} : { agent }), ...(owner === undefined ? {} : { owner }) }
}

async function firstEntries(trail: AuditTrail, options: Options): Promise<readonly AuditEntry[]> {
  if (options.text('limit') !== 'all') return trail.last(options.count('limit') ?? 0)
  const entries: AuditEntry[] = []
  for await (const entry of trail.after(0)) entries.push(entry)
  return entries
}

/** Prints as it goes; ends when it is told to, or when the chain breaks. */
async function follow(trail: AuditTrail, watch: ChainWatch, options: Options, cli: Cli): Promise<undefined> {
  const signal = cli.host.ending()
  let seq = 0
  const show = (entry: AuditEntry): void => {
    seq = entry.seq
    const lines = cli.json ? [JSON.stringify(entry)] : []
    const drawn = linesOf(entry, watch, cli)
    for (const line of cli.json ? lines : drawn) cli.host.stdout.write(`${line}\n`)
  }
  for (const entry of await firstEntries(trail, options)) show(entry)
  while (!signal.aborted && watch.broken === undefined) {
    await sleep(FOLLOW_PAUSE_MS, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) for await (const entry of trail.after(seq)) show(entry)
  }
  cli.note(paint(watch, cli))
  cli.exitCode = watch.broken === undefined ? EXIT.ok : EXIT.refused
}

function linesOf(entry: AuditEntry, watch: ChainWatch, { style }: Cli): readonly string[] {
  const { seq, at, action, target, actor, role, ownerId, agentId } = entry
  const concerns = [ownerId, agentId].filter((id) => id !== undefined).join(' ')
  const broken = watch.look(entry)
  const line = printable(
    `${seq}  ${formatTime(at)}  ${action}  ${target}  by ${role} ${actor}  ${concerns}`,
  ).trimEnd()
  return broken === undefined ? [line] : [line, style.red(`  ^ BROKEN: ${broken.problem}`)]
}

function paint(watch: ChainWatch, { style }: Cli): string {
  return watch.broken === undefined ? style.dim(watch.conclusion()) : style.red(watch.conclusion())
}
