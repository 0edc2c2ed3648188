import type { Command } from 'commander'
import type { RefusalCode } from '../../refusal.ts'
import { chainJson } from '../chain/chain-json.ts'
import { drawChain } from '../chain/draw-chain.ts'
import { faultsOf, type Inspection, type InspectOptions, inspectChain } from '../chain/inspect-chain.ts'
import { readChainArgument } from '../chain/read-chain-argument.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Options } from '../options.ts'
import { syncProblem } from '../status/describe-sync.ts'
import { followStatus } from '../status/follow-status.ts'
import { readStatusSource } from '../status/status-source.ts'
import { readTrustFile } from '../trust-file.ts'

export function define(command: Command, cli: Cli): void {
  command
    .argument(
      '<chain>',
      'a chain file, one credential or an Agent-Delegation value, or a file with one ("-": standard input)',
    )
    .option('--trust <file>', 'anchor file: whom to trust, and who signs the status')
    .option(
      '--status <place>',
      'directory made by `procura status pull`, or URL of a head (default: as the anchor file says)',
    )
    .addHelpText('after', example('procura inspect chain.json --trust anchor.json'))
    .action(cli.action((options, [chain = '']) => inspect(chain, options, cli)))
}

async function inspect(argument: string, options: Options, cli: Cli): Promise<Report> {
  const { host, style } = cli
  const asked = await trustOptions(options, cli)
  const tokens = await readChainArgument(argument, host)
  const now = host.clock()
  const inspection = await inspectChain(tokens, { now, ...asked })
  const syncs = [...(asked.status?.syncs.values() ?? [])]
  const problems = syncs.flatMap(({ state }) => syncProblem(state) ?? [])
  return {
    json: chainJson(inspection),
    lines: [...drawChain(inspection, { style, now }), ...problems.map(style.yellow)],
    exitCode: exitCodeOf(inspection),
  }
}

async function trustOptions(
  options: Options,
  { host }: Cli,
): Promise<Pick<InspectOptions, 'trust' | 'status'>> {
  const file = options.text('trust')
  if (file === undefined && options.text('status') !== undefined) {
    throw usageError('--status needs --trust FILE: it says who signs the status')
  }
  if (file === undefined) return {}
  const trust = await readTrustFile(file, host)
  const source = readStatusSource(options.text('status'), trust, host)
  return { trust: source.trust, status: await followStatus(source, host.clock) }
}

const UNKNOWN: ReadonlySet<RefusalCode> = new Set(['status_unavailable', 'status_stale'])

/** A fault of the chain weighs more than a status that is not known. */
function exitCodeOf(inspection: Inspection): ExitCode {
  const faults = faultsOf(inspection)
  if (faults.some(({ code }) => !UNKNOWN.has(code))) return EXIT.refused
  return faults.length > 0 ? EXIT.statusUnknown : EXIT.ok
}
