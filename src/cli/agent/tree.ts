import type { Command } from 'commander'
import { isJsonArray, isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { stateOf } from '../registry/show-item.ts'
import { counted, printable } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

/** Delegations that are drawn when nothing is said. */
const DEFAULT_LIMIT = '100'

/** Adds `procura agent tree`. */
export function addTree(command: Command, cli: Cli): void {
  withIssuer(command.command('tree').argument('<id>', 'id of the agent'))
    .description('draw what depends on an agent: delegations, sub-agents and runs')
    .option('--limit <count>', 'at most this many delegations', DEFAULT_LIMIT)
    .addHelpText('after', example('procura agent tree ID'))
    .action(cli.action((options, [id = '']) => tree(id, options, cli)))
}

async function tree(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const limit = options.count('limit') ?? 0
  const path = `/v1/agents/${encodeURIComponent(id)}`
  const agent = await findingItem({ noun: 'agent', id }, () => api.get(path))
  const items: JsonObject[] = []
  let isCut = false
  for await (const item of api.items(`${path}/dependants`)) {
    isCut = items.length === limit
    if (isCut) break
    items.push(item)
  }
  const now = cli.host.clock()
  const head = `${printable(textOf(agent, 'name'))}  ${id}  ${stateOf(agent, now)}`
  const drawn = items.length === 0 ? ['nothing depends on it'] : drawNodes(items, now)
  const more = isCut ? ['', `There are more: --limit ${limit * 10}`] : []
  return { json: { agent: id, items, more: isCut }, lines: [head, ...drawn, ...more] }
}

/** Each node on a line, those below it on rails, as `procura inspect` draws a chain. */
function drawNodes(nodes: readonly JsonObject[], now: number): readonly string[] {
  return nodes.flatMap((node, i) => {
    const isLast = i === nodes.length - 1
    const rail = isLast ? '   ' : '│  '
    const below = [...drawNodes(childrenOf(node), now), ...omitted(node)]
    return [`${isLast ? '└─' : '├─'} ${describeNode(node, now)}`, ...below.map((line) => rail + line)]
  })
}

function childrenOf(node: JsonObject): readonly JsonObject[] {
  const children = member(node, 'dependants')
  return isJsonArray(children) ? children.filter(isJsonObject) : []
}

function omitted(node: JsonObject): readonly string[] {
  const count = member(node, 'omittedRuns')
  return typeof count === 'number' ? [`… and ${counted(count, 'run')} more`] : []
}

function describeNode(node: JsonObject, now: number): string {
  const name = textOf(node, 'name')
  const kind = textOf(node, 'kind')
  const leased = member(node, 'leasedIndexes')
  return [
    `${kind === '' ? 'Agent' : kind}${name === '' ? '' : ` "${printable(name)}"`}`,
    printable(textOf(node, 'id')),
    ...(kind === '' ? [stateOf(node, now)] : []),
    `until ${timeText(textOf(node, 'validUntil'))}`,
    ...(typeof leased === 'number' ? [counted(leased, 'leased index', 'leased indexes')] : []),
  ].join('  ')
}
