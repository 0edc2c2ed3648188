import type { Command } from 'commander'
import { isJsonArray, type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { counted, table } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/signals/streams'

/** What operators do with the streams that receivers of Shared Signals have made. */
export function defineStream(command: Command, cli: Cli): void {
  withIssuer(command.command('list'))
    .description('list the streams of all receivers, and how they fare')
    .addHelpText('after', example('procura signals stream list'))
    .action(cli.action((options) => list(options, cli)))
  withIssuer(command.command('show'))
    .description('show one stream')
    .argument('<id>', 'id of the stream')
    .addHelpText('after', example('procura signals stream show str_…'))
    .action(cli.action((options, [id = '']) => show(id, options, cli)))
  withIssuer(command.command('pause'))
    .description('hold what the receiver would be sent, and tell it')
    .argument('<id>', 'id of the stream')
    .requiredOption('--reason <text>', 'why; for the receiver')
    .addHelpText('after', example("procura signals stream pause str_… --reason 'maintenance'"))
    .action(cli.action((options, [id = '']) => pause(id, options, cli)))
  withIssuer(command.command('resume'))
    .description('send again, what was held first')
    .argument('<id>', 'id of the stream')
    .addHelpText('after', example('procura signals stream resume str_…'))
    .action(cli.action((options, [id = '']) => resume(id, options, cli)))
  withIssuer(command.command('redeliver'))
    .description('send again what was given up')
    .argument('<id>', 'id of the stream')
    .addHelpText('after', example('procura signals stream redeliver str_…'))
    .action(cli.action((options, [id = '']) => redeliver(id, options, cli)))
  withIssuer(command.command('remove'))
    .description('end the stream, with what was not delivered')
    .argument('<id>', 'id of the stream')
    .option('--yes', 'do not ask')
    .addHelpText('after', example('procura signals stream remove str_…'))
    .action(cli.action((options, [id = '']) => remove(id, options, cli)))
}

async function list(options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const { items } = await api.page(PATH, { limit: undefined })
  const rows = items.map((item) => [
    textOf(item, 'id'),
    textOf(item, 'status'),
    textOf(item, 'method'),
    textOf(item, 'audience'),
    healthOf(item),
  ])
  const lines =
    rows.length === 0
      ? ['There is no stream: receivers make them.']
      : table(['ID', 'STATUS', 'METHOD', 'AUDIENCE', 'TAKEN'], rows)
  return { json: { items }, lines }
}

/** Since when a push is not taken. Whoever polls comes or does not. */
function healthOf(stream: JsonObject): string {
  if (member(stream, 'method') === 'poll') return ''
  const since = textOf(stream, 'failingSince')
  return since === '' ? 'yes' : `not since ${timeText(since)}`
}

async function show(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const { items } = await api.page(PATH, { limit: undefined })
  const stream = items.find((item) => member(item, 'id') === id)
  if (stream === undefined) throw usageError(`there is no stream ${id}`)
  return reportOf(stream)
}

async function pause(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  return reportOf(await api.post(`${PATH}/${id}/pause`, { reason: options.required('reason') }))
}

async function resume(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  return reportOf(await api.post(`${PATH}/${id}/resume`, {}))
}

async function redeliver(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const done = await api.post(`${PATH}/${id}/redeliver`, {})
  return { json: done, lines: [`${counted(Number(member(done, 'events')), 'event')} sent again`] }
}

async function remove(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  await confirm([`stream ${id} ends, and its receiver hears no more`], options, cli)
  return reportOf(await api.delete(`${PATH}/${id}`))
}

function reportOf(stream: JsonObject): Report {
  const events = member(stream, 'events')
  const lines = [
    ...['id', 'status', 'reason', 'method', 'host', 'receiver', 'audience'].flatMap((name) => {
      const text = textOf(stream, name)
      return text === '' ? [] : [`${name.padEnd(9)} ${text}`]
    }),
    ...(isJsonArray(events) ? events.map((event) => `event     ${String(event)}`) : []),
  ]
  return { json: stream, lines }
}
