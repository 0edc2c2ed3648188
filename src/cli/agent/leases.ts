import type { Command } from 'commander'
import { isJsonArray, isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { counted, printable } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

/** Delegations that are shown when nothing is said. */
const DEFAULT_LIMIT = '100'

const USES = ['registered', 'revoked', 'unregistered', 'lapsed'] as const

/** Whose quotas the issuer tells of. */
const WHOSE = [
  ['agent', 'by this agent'],
  ['owner', 'by all agents of its owner'],
] as const

/** Adds `procura agent leases`. */
export function addLeases(command: Command, cli: Cli): void {
  withIssuer(command.command('leases').argument('<id>', 'id of the agent'))
    .description('show what became of each status index that was leased to an agent')
    .option('--limit <count>', 'at most this many delegations', DEFAULT_LIMIT)
    .addHelpText('after', example('procura agent leases ID'))
    .action(cli.action((options, [id = '']) => leases(id, options, cli)))
}

async function leases(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const limit = options.count('limit') ?? 0
  const path = `/v1/agents/${encodeURIComponent(id)}`
  const first = await findingItem({ noun: 'agent', id }, () => api.get(`${path}/leases?limit=1`))
  const quotas = objectOf(first, 'quotas')
  const items: JsonObject[] = []
  let isCut = false
  for await (const item of api.items(`${path}/leases`)) {
    isCut = items.length === limit
    if (isCut) break
    items.push(item)
  }
  const total = USES.map((use) => `${items.reduce((sum, item) => sum + numberOf(item, use), 0)} ${use}`)
  const leased = items.reduce((sum, item) => sum + numberOf(item, 'leased'), 0)
  const head = `${counted(leased, 'leased index', 'leased indexes')}: ${total.join(', ')}`
  const more = isCut ? ['', `There are more: --limit ${limit * 10}`] : []
  const lines = [head, ...quotaLines(quotas), ...items.flatMap(linesOf), ...more]
  return { json: { agent: id, items, more: isCut, quotas }, lines }
}

function quotaLines(quotas: JsonObject): readonly string[] {
  const used = WHOSE.filter(([whose]) => member(quotas, whose) !== undefined).map(([whose, by]) => {
    const quota = objectOf(quotas, whose)
    return `${numberOf(quota, 'used')} of ${numberOf(quota, 'limit')} ${by}`
  })
  return used.length === 0 ? [] : [`leased now: ${used.join(', ')}`]
}

function linesOf(lease: JsonObject): readonly string[] {
  const id = printable(textOf(lease, 'delegation'))
  const head = `${id}  ${textOf(lease, 'state')}  until ${timeText(textOf(lease, 'validUntil'))}`
  const indexes = member(lease, 'indexes')
  const shown = isJsonArray(indexes) ? indexes.filter(isJsonObject) : []
  const told = shown.filter((index) => isTold(textOf(index, 'use'))).map((index) => `  ${describe(index)}`)
  const rest = USES.filter((use) => !isTold(use) && numberOf(lease, use) > 0)
  return ['', head, ...told, ...rest.map((use) => `  ${numberOf(lease, use)} ${use}`)]
}

/** Of the others there is nothing to tell but how many they are. */
function isTold(use: string): boolean {
  return use === 'registered' || use === 'revoked'
}

function describe(index: JsonObject): string {
  const position = objectOf(index, 'position')
  const revocation = objectOf(index, 'revocation')
  const run = objectOf(index, 'run')
  const shown = objectOf(revocation, 'shown')
  const by = textOf(revocation, 'by')
  return [
    `${numberOf(position, 'list')}/${numberOf(position, 'index')}`,
    textOf(index, 'state'),
    ...describeLink(run),
    ...(textOf(run, 'id') === '' ? describeLink(shown) : [textOf(run, 'state')]),
    ...(by === ''
      ? []
      : [`by ${printable(by)}`, timeText(textOf(revocation, 'at')), printable(textOf(revocation, 'reason'))]),
  ].join('  ')
}

/** A run that was registered, or what was shown to end it, as its signer calls it. */
function describeLink(link: JsonObject): readonly string[] {
  const id = textOf(link, 'id')
  const name = textOf(link, 'name')
  if (id === '') return []
  return [`${printable(textOf(link, 'kind'))}${name === '' ? '' : ` "${printable(name)}"`}`, printable(id)]
}

function objectOf(object: JsonObject, name: string): JsonObject {
  const value = member(object, name)
  return isJsonObject(value) ? value : {}
}

function numberOf(object: JsonObject, name: string): number {
  const value = member(object, name)
  return typeof value === 'number' ? value : 0
}
