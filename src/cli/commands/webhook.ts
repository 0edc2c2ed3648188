import type { Command } from 'commander'
import { isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import { collect, type Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { findingItem } from '../registry/find-item.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { counted, fields, printable, table } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/webhooks'

/** Deliveries that are shown when nothing is said. */
const SHOWN_DELIVERIES = '20'

export function define(command: Command, cli: Cli): void {
  withIssuer(command.command('add'))
    .description('have events posted to a URL')
    .argument(
      '<url>',
      'where to: https, or a host that the service lists in PROCURA_DELIVERY_HOSTS (host:port)',
    )
    .option('--type <type>', 'only these (default: whatever ends or halts access); may be repeated', collect)
    .option('--description <text>', 'what it is for')
    .addHelpText(
      'after',
      example('procura webhook add https://receiver.example/procura --type owner.offboarded'),
    )
    .action(cli.action((options, [url = '']) => add(url, options, cli)))
  withIssuer(command.command('list'))
    .description('list webhooks, and whether they fail')
    .addHelpText('after', example('procura webhook list'))
    .action(cli.action((options) => list(options, cli)))
  about(command, 'show', 'show a webhook').action(cli.action((options, [id = '']) => show(id, options, cli)))
  about(
    command,
    'pause',
    'tell a webhook nothing until it goes on; what happens meanwhile is told then',
  ).action(cli.action((options, [id = '']) => change(id, { state: 'paused' }, options, cli)))
  about(command, 'resume', 'let a webhook go on that was paused, and try at once what is to be told').action(
    cli.action((options, [id = '']) => change(id, { state: 'active' }, options, cli)),
  )
  about(command, 'remove', 'forget a webhook with all that it was to be told')
    .option('--yes', 'do not ask')
    .action(cli.action((options, [id = '']) => remove(id, options, cli)))
  defineDeliveries(command, cli)
}

function defineDeliveries(command: Command, cli: Cli): void {
  about(command, 'deliveries', 'list what a webhook was told and is to be told, newest first')
    .option('--state <state>', 'pending, delivered or failed')
    .option('--limit <number>', 'how many', SHOWN_DELIVERIES)
    .action(cli.action((options, [id = '']) => deliveries(id, options, cli)))
  about(command, 'redeliver', 'send again what was given up, or one event')
    .option('--event <id>', 'evt_…, whatever became of it')
    .action(cli.action((options, [id = '']) => redeliver(id, options, cli)))
  about(command, 'test', 'send a webhook an event that says nothing').action(
    cli.action((options, [id = '']) => test(id, options, cli)),
  )
}

/** A command about one webhook. */
function about(command: Command, name: string, description: string): Command {
  return withIssuer(command.command(name))
    .description(description)
    .argument('<id>', 'whk_…')
    .addHelpText('after', example(`procura webhook ${name} whk_…`))
}

async function add(url: string, options: Options, cli: Cli): Promise<Report> {
  const types = options.texts('type')
  const description = options.text('description')
  const api = await openIssuer(options, cli)
  const webhook = await api.create(PATH, {
    url,
    ...(types.length > 0 && { types }),
    ...(description !== undefined && { description }),
  })
  const tenant = textOf(await api.get('/v1/whoami'), 'tenant')
  const keys = `Its requests are signed with a key of ${api.issuer}/webhooks/${tenant}/jwks.json`
  return { json: webhook, lines: [...webhookLines(webhook), '', keys] }
}

async function list(options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const { items } = await api.page(PATH, { limit: undefined })
  const rows = items.map((item) => [
    textOf(item, 'id'),
    textOf(item, 'state'),
    healthOf(item),
    textOf(item, 'url'),
  ])
  const lines = rows.length === 0 ? ['There is no webhook.'] : table(['ID', 'STATE', 'HEALTH', 'URL'], rows)
  return { json: { items }, lines }
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`
}

/** Does something with one webhook, and says which command lists them when it is not there. */
function finding<T>(id: string, work: () => Promise<T>): Promise<T> {
  return findingItem({ noun: 'webhook', id }, work)
}

async function show(id: string, options: Options, cli: Cli): Promise<Report> {
  const webhook = await finding(id, async () => (await openIssuer(options, cli)).get(pathOf(id)))
  return { json: webhook, lines: webhookLines(webhook) }
}

async function change(id: string, to: object, options: Options, cli: Cli): Promise<Report> {
  const webhook = await finding(id, async () => (await openIssuer(options, cli)).patch(pathOf(id), to))
  return { json: webhook, lines: webhookLines(webhook) }
}

async function remove(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const { items } = await finding(id, () => api.page(`${pathOf(id)}/deliveries`, { state: 'pending' }))
  const waiting =
    items.length === 0 ? 'Nothing waits for it' : `${counted(items.length, 'event')} or more wait for it`
  await confirm([`${waiting}; the webhook is forgotten, with the log of its deliveries`], options, cli)
  return { json: await api.delete(pathOf(id)), lines: [`${id} is removed`] }
}

async function test(id: string, options: Options, cli: Cli): Promise<Report> {
  const event = await finding(id, async () => (await openIssuer(options, cli)).post(`${pathOf(id)}/test`, {}))
  const look = `Look whether it was taken: procura webhook deliveries ${id}`
  return { json: event, lines: [`${textOf(event, 'id')} is on its way.`, look] }
}

async function deliveries(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const asked = { limit: options.count('limit'), state: options.text('state') }
  const { items } = await finding(id, () => api.page(`${pathOf(id)}/deliveries`, asked))
  const header = ['EVENT', 'TYPE', 'ABOUT', 'STATE', 'TRIED', 'LAST', 'NEXT']
  const lines = items.length === 0 ? ['There is none.'] : table(header, items.map(deliveryRow))
  return { json: { items }, lines }
}

async function redeliver(id: string, options: Options, cli: Cli): Promise<Report> {
  const event = options.text('event')
  const api = await openIssuer(options, cli)
  const done = await api.post(`${pathOf(id)}/redeliver`, event === undefined ? {} : { event })
  return { json: done, lines: [`${counted(Number(member(done, 'events')), 'event')} sent again`] }
}

function webhookLines(webhook: JsonObject): readonly string[] {
  const types = member(webhook, 'types')
  const text = (name: string) => printable(textOf(webhook, name)) || undefined
  return fields([
    ['id', text('id')],
    ['url', text('url')],
    ['for', text('description')],
    ['types', Array.isArray(types) ? printable(types.join(', ')) : undefined],
    ['state', text('state')],
    ['health', healthOf(webhook)],
  ])
}

function healthOf(webhook: JsonObject): string {
  const since = textOf(webhook, 'failingSince')
  if (since === '') return textOf(webhook, 'state') === 'paused' ? 'not tried while paused' : 'well'
  const retryAt = textOf(webhook, 'retryAt')
  const next = retryAt === '' ? '' : `, next try ${timeText(retryAt)}`
  return `fails since ${timeText(since)}${next}`
}

function deliveryRow(delivery: JsonObject): readonly string[] {
  const event = member(delivery, 'event')
  const told = isJsonObject(event) ? event : {}
  const next = textOf(delivery, 'nextAttemptAt')
  return [
    textOf(told, 'id'),
    textOf(told, 'type'),
    textOf(told, 'target'),
    textOf(delivery, 'state'),
    textOf(delivery, 'attempts'),
    textOf(delivery, 'httpStatus') || textOf(delivery, 'problem'),
    next === '' ? '' : timeText(next),
  ]
}
