import type { Command } from 'commander'
import { isJsonArray, type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { counted, fields, printable, table } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/signals/streams'

/** What operators do with the streams that receivers of Shared Signals have made. */
export function defineStream(command: Command, cli: Cli): void {
  withIssuer(command.command('list'))
    .description('list the streams of all receivers, and how they fare')
    .addHelpText('after', example('procura signals stream list'))
    .action(cli.action((options) => list(options, cli)))
  about(command, 'show', 'show one stream').action(cli.action((options, [id = '']) => show(id, options, cli)))
  about(command, 'pause', 'hold what the receiver would be sent, and tell it', " --reason 'maintenance'")
    .requiredOption('--reason <text>', 'why; for the receiver')
    .action(cli.action((options, [id = '']) => pause(id, options, cli)))
  about(command, 'resume', 'send again, what was held first').action(
    cli.action((options, [id = '']) => resume(id, options, cli)),
  )
  about(command, 'redeliver', 'send again what was given up').action(
    cli.action((options, [id = '']) => redeliver(id, options, cli)),
  )
  about(command, 'remove', 'end the stream, with what was not delivered')
    .option('--yes', 'do not ask')
    .action(cli.action((options, [id = '']) => remove(id, options, cli)))
}

/** A command about one stream. @param rest Of the example, after the id. */
function about(command: Command, name: string, description: string, rest = ''): Command {
  return withIssuer(command.command(name))
    .description(description)
    .argument('<id>', 'id of the stream')
    .addHelpText('after', example(`procura signals stream ${name} str_…${rest}`))
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

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`
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
  return reportOf(await api.post(`${pathOf(id)}/pause`, { reason: options.required('reason') }))
}

async function resume(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  return reportOf(await api.post(`${pathOf(id)}/resume`, {}))
}

async function redeliver(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const done = await api.post(`${pathOf(id)}/redeliver`, {})
  return { json: done, lines: [`${counted(Number(member(done, 'events')), 'event')} sent again`] }
}

async function remove(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  await confirm([`stream ${id} ends, and its receiver hears no more`], options, cli)
  return reportOf(await api.delete(pathOf(id)))
}

/** A receiver may have written the reason. */
function reportOf(stream: JsonObject): Report {
  const events = member(stream, 'events')
  const shown = ['id', 'status', 'reason', 'method', 'host', 'receiver', 'audience']
  const texts = shown.map((name) => [name, printable(textOf(stream, name)) || undefined] as const)
  const types = (isJsonArray(events) ? events : []).map(
    (event) => ['event', printable(String(event))] as const,
  )
  return { json: stream, lines: fields([...texts, ...types]) }
}
