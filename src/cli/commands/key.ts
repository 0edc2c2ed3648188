import type { Command } from 'commander'
import { type JsonObject, member } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { type IssuerApi, openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'
import { counted, table } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

const PATH = '/v1/keys'

const USE = 'authority, status, audit, webhook or security-event'
const SCHEDULED_USE = 'authority, status, audit, webhook, security-event, owner or agent'

export function define(command: Command, cli: Cli): void {
  withIssuer(command.command('list'))
    .description('list the keys of authority, status issuer, audit trail, webhooks and security events')
    .addHelpText('after', example('procura key list'))
    .action(cli.action((options) => list(options, cli)))
  withIssuer(command.command('rotate'))
    .description(
      'replace a key: the next one is listed a day before it signs, or with --grace 0 signs at once',
    )
    .requiredOption('--use <use>', USE)
    .option('--propagation <seconds>', 'how long the next key is listed before it signs (default: 86700)')
    .option('--signer <uri>', 'take the next key from a PKCS#11 token: pkcs11:token=NAME;object=LABEL')
    .option('--grace <seconds>', '0: somebody else may have the key; revoke it at once')
    .option('--yes', 'do not ask')
    .addHelpText('after', example('procura key rotate --use authority'))
    .action(cli.action((options) => rotate(options, cli)))
  withIssuer(command.command('schedule'))
    .description(
      'have a key replaced whenever it has signed for so many days, or those of all owners or agents',
    )
    .requiredOption('--use <use>', SCHEDULED_USE)
    .option('--every <days>', '7 to 366')
    .option('--never', 'only when it is asked for')
    .addHelpText('after', example('procura key schedule --use status --every 30'))
    .action(cli.action((options) => schedule(options, cli)))
  withIssuer(command.command('revoke'))
    .description('revoke a key that does not sign yet, or no more, before its time')
    .argument('<id>', 'id of the key')
    .requiredOption('--reason <text>', 'why; for the audit trail')
    .option('--yes', 'do not ask')
    .addHelpText('after', example("procura key revoke 'did:web:id.example#key-1' --reason 'found in a log'"))
    .action(cli.action((options, [id = '']) => revoke(id, options, cli)))
  defineKek(command, cli)
}

function defineKek(command: Command, cli: Cli): void {
  command
    .command('new-kek')
    .description('make a key-encryption key in a new file, to take the place of the present one')
    .argument('<file>', 'where to; must not exist')
    .addHelpText('after', example('procura key new-kek /etc/procura/kek-2'))
    .action(cli.action((_, [file = '']) => newKek(file)))
  command
    .command('rewrap')
    .description('wrap all keys under the present key-encryption key, the previous one being named as well')
    .option('--data <directory>', 'data directory of the service (PROCURA_DATA_DIR; default: .procura)')
    .addHelpText('after', example('procura key rewrap --data /var/lib/procura'))
    .action(cli.action((options) => rewrap(options, cli)))
}

async function newKek(file: string): Promise<Report> {
  const { createKeyEncryptionKeyFile } = await import('../../server/keys/key-encryption-key.ts')
  await createKeyEncryptionKeyFile(file)
  const next = `serve with PROCURA_KEK_FILE=${file} and PROCURA_KEK_PREVIOUS_FILE of the present one, or run \`procura key rewrap\``
  return {
    json: { file },
    lines: [`${file} is made (mode 0600; back it up apart from the database).`, `Next: ${next}.`],
  }
}

async function rewrap(options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const { rewrapStoredKeys } = await import('../../server/rewrap-stored-keys.ts')
  const progress = cli.progress()
  const { database } = settings
  const rewrapped = await rewrapStoredKeys({
    dataDir: dataDirOf(settings),
    ...(database === undefined ? {} : { database }),
    env: keyEnvironment(settings),
    onProgress: ({ done, of }) => progress.show(`tenant ${done} of ${of}`),
  }).finally(() => progress.end())
  const lines = [
    `${counted(rewrapped, 'key')} wrapped anew. Nothing is under another key-encryption key any more: the previous one need not be named.`,
  ]
  return { json: { rewrapped }, lines }
}

async function list(options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const { items } = await api.page(PATH, { limit: undefined })
  const { items: schedules } = await api.page(`${PATH}/schedule`, { limit: undefined })
  const lines = [
    ...table(['ID', 'USE', 'STATE', 'NEXT', 'EVERY'], items.map(rowOf)),
    '',
    ...schedules.map(scheduleText),
  ]
  return { json: { items, schedules }, lines }
}

function rowOf(key: JsonObject): readonly string[] {
  const days = textOf(key, 'rotateAfterDays')
  return [
    textOf(key, 'id'),
    textOf(key, 'use'),
    textOf(key, 'state'),
    nextOf(key),
    days === '' ? '' : `${days} days`,
  ]
}

/** What is done about the keys of owners, or agents. */
function scheduleText(schedule: JsonObject): string {
  const [use, days] = [textOf(schedule, 'use'), textOf(schedule, 'rotateAfterDays')]
  if (days === '') return `Keys of ${use}s are replaced when somebody asks for it.`
  if (use === 'owner') return `Keys of owners are replaced by the issuer when they are ${days} days old.`
  return `Keys of agents are due when they are ${days} days old; each agent replaces its own.`
}

/** What becomes of a key, and when. */
function nextOf(key: JsonObject): string {
  const [activateAt, revokeAt] = [textOf(key, 'activateAt'), textOf(key, 'revokeAt')]
  if (member(key, 'state') === 'prepared') return `signs from ${timeText(activateAt)}`
  if (member(key, 'state') === 'retiring' && revokeAt !== '') return `revoked on ${timeText(revokeAt)}`
  return ''
}

async function rotate(options: Options, cli: Cli): Promise<Report> {
  const use = options.required('use')
  const propagationSeconds = options.count('propagation')
  const grace = options.count('grace')
  const signer = options.text('signer')
  if (grace !== undefined && grace !== 0) {
    throw usageError('--grace can only be 0; without it the old key is kept as long as what it signed')
  }
  const api = await openIssuer(options, cli)
  if (grace === 0) await confirm(emergencyHits(use), options, cli)
  const body = {
    use,
    ...(grace === undefined ? {} : { grace }),
    ...(propagationSeconds === undefined ? {} : { propagationSeconds }),
    ...(signer === undefined ? {} : { signer }),
  }
  return await reportOf(api, await api.post(`${PATH}/rotate`, body))
}

function emergencyHits(use: string): readonly string[] {
  const dead: Readonly<Record<string, string>> = {
    authority: 'every chain of the tenant is refused until its agent has fetched a new one',
    status: 'verifiers accept no status until they have fetched the DID document again, within the hour',
  }
  return [`the ${use} key is revoked at once, and what it signed with it`, ...(dead[use] ? [dead[use]] : [])]
}

async function schedule(options: Options, cli: Cli): Promise<Report> {
  const rotateAfterDays = options.count('every')
  if ((rotateAfterDays === undefined) !== options.flag('never'))
    throw usageError('say --every DAYS or --never')
  const api = await openIssuer(options, cli)
  const days = rotateAfterDays === undefined ? {} : { rotateAfterDays }
  const use = options.required('use')
  const scheduled = await api.post(`${PATH}/schedule`, { use, ...days })
  if (use !== 'owner' && use !== 'agent') return await reportOf(api, scheduled)
  return { json: scheduled, lines: [scheduleText(scheduled)] }
}

async function revoke(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  await confirm([`${id} is revoked, and whatever still rests on it refused`], options, cli)
  return await reportOf(api, await api.post(`${PATH}/revoke`, { id, reason: options.required('reason') }))
}

/** The key that was asked for, and below it how all of its use stand now. */
async function reportOf(api: IssuerApi, key: JsonObject): Promise<Report> {
  const { items } = await api.page(PATH, { limit: undefined })
  const same = items.filter((item) => member(item, 'use') === member(key, 'use'))
  return { json: key, lines: table(['ID', 'USE', 'STATE', 'NEXT', 'EVERY'], same.map(rowOf)) }
}
