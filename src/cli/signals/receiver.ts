import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { fields, table } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/signals/transmitters'

/** 256 bits: what a transmitter sends along is guessed by nobody. */
const SECRET_BYTES = 32

/** Adds `procura signals receiver add`, `list` and `remove`. */
export function defineReceiver(command: Command, cli: Cli): void {
  withIssuer(command.command('add'))
    .description('take security events (OpenID Shared Signals) of an identity provider')
    .requiredOption('--transmitter <url>', 'its issuer, exactly as it names itself')
    .requiredOption('--audience <text>', 'what its events are for, as agreed with it')
    .option('--subject-issuer <url>', 'whose subjects it tells of; default: its own')
    .option('--algorithm <name>', 'RS256, PS256, ES256 or EdDSA; default: RS256')
    .option('--lifts', 'an account that is enabled again is resumed, where nobody else holds it')
    .option('--without-secret', 'its signature is enough')
    .option('--poll <url>', 'its events are fetched there; else it brings them')
    .addHelpText(
      'after',
      example(
        'procura signals receiver add --transmitter https://login.example --audience https://id.example/signals',
      ),
    )
    .action(cli.action((options) => add(options, cli)))
  withIssuer(command.command('list'))
    .description('show who may tell of accounts, and what came last')
    .addHelpText('after', example('procura signals receiver list'))
    .action(cli.action((options) => list(options, cli)))
  withIssuer(command.command('remove').argument('<id>', 'id of the transmitter'))
    .description('take nothing from it any more; owners that it suspended stay so')
    .addHelpText('after', example('procura signals receiver remove ID'))
    .action(cli.action((options, [id = '']) => remove(id, options, cli)))
}

async function add(options: Options, cli: Cli): Promise<Report> {
  const pollUrl = options.text('poll')
  const authorization =
    pollUrl !== undefined || options.flag('withoutSecret')
      ? undefined
      : `Bearer ${randomBytes(SECRET_BYTES).toString('base64url')}`
  const api = await openIssuer(options, cli)
  const added = await api.post(PATH, {
    issuer: options.required('transmitter'),
    audience: options.required('audience'),
    ...textsOf(options, ['subjectIssuer', 'algorithm']),
    ...(options.flag('lifts') && { lifts: true }),
    ...(authorization !== undefined && { authorization }),
    ...(pollUrl !== undefined && { pollUrl }),
  })
  const lines = [
    ...fields([
      ['id', textOf(added, 'id')],
      ...(pollUrl === undefined ? [['endpoint_url', textOf(added, 'endpoint')] as [string, string]] : []),
      ...(authorization === undefined ? [] : [['authorization_header', authorization] as [string, string]]),
    ]),
    '',
    pollUrl === undefined
      ? 'Next: create a stream at the transmitter with delivery urn:ietf:rfc:8935 and these; the secret is not shown again.'
      : `Next: put the access token for the transmitter into the file ${textOf(added, 'id')} in the directory of PROCURA_SIGNAL_TOKENS.`,
  ]
  return {
    json: { ...added, ...(authorization !== undefined && { authorizationHeader: authorization }) },
    lines,
  }
}

function textsOf(options: Options, names: readonly string[]): object {
  return Object.fromEntries(
    names.flatMap((name) => (options.text(name) === undefined ? [] : [[name, options.text(name)]])),
  )
}

async function list(options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const { items } = await api.page(PATH, { limit: undefined })
  const header = ['ID', 'TRANSMITTER', 'LAST EVENT', 'VERIFIED', 'STREAM', 'REFUSED']
  const lines = items.length === 0 ? ['No transmitter is registered.'] : table(header, items.map(rowOf))
  return { json: { items }, lines }
}

function rowOf(item: JsonObject): readonly string[] {
  const refused = member(item, 'refused')
  return [
    textOf(item, 'id'),
    textOf(item, 'issuer'),
    whenOf(item, 'receivedAt'),
    whenOf(item, 'verifiedAt'),
    textOf(item, 'stream') || 'unknown',
    isJsonObject(refused) ? `${textOf(refused, 'count')}, last ${textOf(refused, 'last')}` : 'none',
  ]
}

function whenOf(item: JsonObject, name: string): string {
  return textOf(item, name) === '' ? 'never' : timeText(textOf(item, name))
}

async function remove(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const named = { noun: 'transmitter', id, listedBy: 'procura signals receiver list' }
  const removed = await findingItem(named, () => api.delete(`${PATH}/${encodeURIComponent(id)}`))
  return { json: removed, lines: [`nothing is taken from ${textOf(removed, 'issuer')} by ${id} any more`] }
}
