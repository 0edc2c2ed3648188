import type { Command } from 'commander'
import type { JsonObject } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { NO_REASON } from '../registry/lifecycle-verbs.ts'
import { MAX_NAME_CHARS } from '../registry/listing.ts'
import { shortened, table } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/enrolments'

const HEADER = ['ID', 'AGENT', 'NAME', 'OWNER', 'GRANT', 'UNTIL', 'MADE BY']

/** Adds `procura agent invitations` and `procura agent withdraw`. */
export function addInvitations(command: Command, cli: Cli): void {
  withIssuer(command.command('invitations'))
    .description('list the tickets that are still good, the one that ends first first')
    .option('--owner <id>', 'only those of this owner')
    .addHelpText('after', example('procura agent invitations'))
    .action(cli.action((options) => list(options, cli)))
  withIssuer(command.command('withdraw'))
    .description('make a ticket worth nothing before anybody has used it')
    .argument('<id>', 'id of the ticket, enr_…')
    .option('--reason <text>', 'why; kept in the audit trail', NO_REASON)
    .addHelpText('after', example('procura agent withdraw enr_1 --reason "sent to the wrong person"'))
    .action(cli.action((options, [id = '']) => withdraw(id, options, cli)))
}

/** All of them: none is older than a quarter of an hour. */
async function list(options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const items: JsonObject[] = []
  for await (const item of api.items(PATH, { owner: options.text('owner') })) items.push(item)
  const rows = items.map((item) => [
    textOf(item, 'id'),
    textOf(item, 'agent'),
    shortened(textOf(item, 'name'), MAX_NAME_CHARS),
    textOf(item, 'owner'),
    item.delegates === true ? 'yes' : 'no',
    timeText(textOf(item, 'expiresAt')),
    textOf(item, 'createdBy'),
  ])
  return {
    json: { items },
    lines: rows.length === 0 ? ['There is no ticket that is still good.'] : table(HEADER, rows),
  }
}

async function withdraw(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const path = `${PATH}/${encodeURIComponent(id)}/withdraw`
  const named = { noun: 'invitation', id, listedBy: 'procura agent invitations' }
  const ended = await findingItem(named, () => api.post(path, { reason: options.text('reason') }))
  return {
    json: ended,
    lines: [`The ticket ${id} is withdrawn; nobody enrols with it as ${textOf(ended, 'agent')} any more.`],
  }
}
