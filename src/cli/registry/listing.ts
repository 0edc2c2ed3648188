import type { Command } from 'commander'
import type { JsonObject } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { type IssuerApi, openIssuer, type Query } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { table } from '../terminal/text.ts'
import { findingItem } from './find-item.ts'
import { withIssuer } from './issuer-options.ts'
import { itemLines, withoutTokens } from './show-item.ts'

/** Items that are shown when nothing is said; a terminal scrolls no further. */
const DEFAULT_LIMIT = '100'

/** Widest name or purpose in a row, in characters. */
export const MAX_NAME_CHARS = 28

/** How the items of one kind are listed. */
export interface Listing {
  /** As on the command line: `owner`, `agent`, `grant`. */
  readonly noun: string
  readonly path: string
  /** Filters that the API knows, as options: `owner`. */
  readonly filters: readonly string[]
  readonly header: readonly string[]
  readonly row: (item: JsonObject, now: number) => readonly string[]
  /** Members that `show` adds. */
  readonly details?: (api: IssuerApi, item: JsonObject) => Promise<JsonObject>
}

/** Adds `list` and `show`. */
export function addListing(command: Command, listing: Listing, cli: Cli): void {
  const { noun, filters } = listing
  const list = withIssuer(command.command('list').description(`list the ${noun}s, oldest first`))
  for (const filter of filters) list.option(`--${filter} <id>`, `only those of this ${filter}`)
  list
    .option('--limit <count>', 'at most this many', DEFAULT_LIMIT)
    .addHelpText('after', example(`procura ${noun} list`))
    .action(cli.action((options) => listItems(listing, options, cli)))
  withIssuer(command.command('show').description(`show one ${noun}`).argument('<id>', `id of the ${noun}`))
    .addHelpText('after', example(`procura ${noun} show ID`))
    .action(cli.action((options, [id = '']) => showItem(listing, id, options, cli)))
}

async function listItems(listing: Listing, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const limit = options.count('limit') ?? 0
  const query: Query = Object.fromEntries(listing.filters.map((filter) => [filter, options.text(filter)]))
  const items: JsonObject[] = []
  let isCut = false
  for await (const item of api.items(listing.path, query)) {
    isCut = items.length === limit
    if (isCut) break
    items.push(withoutTokens(item))
  }
  const now = cli.host.clock()
  const more = isCut ? ['', `There are more: --limit ${limit * 10}`] : []
  const rows = items.map((item) => listing.row(item, now))
  const lines =
    rows.length === 0 ? [`There is no ${listing.noun}.`] : [...table(listing.header, rows), ...more]
  return { json: { items, more: isCut }, lines }
}

async function showItem(
  { noun, path, details }: Listing,
  id: string,
  options: Options,
  cli: Cli,
): Promise<Report> {
  const api = await openIssuer(options, cli)
  const item = await findingItem({ noun, id }, () => api.get(`${path}/${encodeURIComponent(id)}`))
  const shown = { ...item, ...(await details?.(api, item)) }
  return { json: withoutTokens(shown), lines: itemLines(shown) }
}
