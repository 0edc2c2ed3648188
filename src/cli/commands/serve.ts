import type { Command } from 'commander'
import { isJsonObject, parseStrictJson } from '../../core/json.ts'
import type { WriteLimits } from '../../server/http/write-limiter.ts'
import type { RunningService, ServiceOptions } from '../../server/start-service.ts'
import { type Cli, example } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import type { Settings } from '../config/settings.ts'
import { textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { dataDirOf, keyEnvironment } from '../service/data-directory.ts'
import { publicationPlaces } from '../service/publication-places.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'
import { fields } from '../terminal/text.ts'

export function define(command: Command, cli: Cli): void {
  command
    .option(
      '--data <directory>',
      'data directory, made by `procura init` (PROCURA_DATA_DIR; default: .procura)',
    )
    .option(
      '--port <number>',
      'port to listen on (PROCURA_PORT; default: that of a loopback origin, else 8787)',
    )
    .option('--host <address>', 'address to listen on (PROCURA_HOST; default: 127.0.0.1)')
    .option('--origin <url>', 'must be the one of `procura init` (PROCURA_ORIGIN)')
    .option(
      '--trusted-proxies <count>',
      'proxies in front that add to X-Forwarded-For (PROCURA_TRUSTED_PROXIES; default: 0)',
    )
    .option(
      '--log-level <level>',
      'debug, info, warn, error or silent; logs go to stderr (PROCURA_LOG_LEVEL; default: warn)',
    )
    .option(
      '--vc-api <mode>',
      'also serve VC API instances: vcalm or compatibility (PROCURA_VC_API; default: off)',
    )
    .option(
      '--publish-directory <directory>',
      'also publish the status into it, for a web server (PROCURA_PUBLISH_DIRECTORY)',
    )
    .option(
      '--s3-bucket <name>',
      'also publish the status into a bucket; its PROCURA_S3_… settings stand in docs/cli.md (PROCURA_S3_BUCKET)',
    )
    .addHelpText('after', example('procura serve --data /var/lib/procura'))
    .action(cli.action((options) => serve(options, cli)))
}

/** Runs until it is told to end; a second signal ends the process at once. */
async function serve(options: Options, cli: Cli): Promise<undefined> {
  const { settings } = await readServiceConfiguration(options, cli.host)
  const service = await start(settings)
  const signal = cli.host.ending()
  signal.addEventListener('abort', () => void service.close())
  if (signal.aborted) await service.close()
  else cli.print(await announce(service, cli))
  const reason = await service.ended
  if (reason !== undefined) throw new CliError('service_ended', reason.message, { cause: reason })
}

async function start(settings: Settings): Promise<RunningService> {
  const { assertNode } = await import('../../server/store/sqlite/open-sqlite-store.ts')
  assertNode(process.versions.node)
  const { startService } = await import('../../server/start-service.ts')
  const { createLogger } = await import('../../server/logger.ts')
  const {
    origin,
    host,
    port,
    trustedProxies,
    heartbeatSeconds,
    auditRetentionDays,
    logLevel = 'warn',
  } = settings
  const vcApi = await vcApiOptions(settings)
  const oidcIssuers = listed(settings.oidcIssuers)
  const signalIssuers = listed(settings.signalIssuers)
  const deliveryHosts = listed(settings.deliveryHosts)
  return startService({
    dataDir: dataDirOf(settings),
    ...(settings.database === undefined ? {} : { database: settings.database }),
    logger: createLogger(logLevel, 'stderr'),
    env: keyEnvironment(settings),
    ...(origin === undefined ? {} : { origin }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(vcApi === undefined ? {} : { vcApi }),
    ...(oidcIssuers === undefined ? {} : { oidcIssuers }),
    ...(settings.signalTokens === undefined ? {} : { signalTokens: settings.signalTokens }),
    ...(signalIssuers === undefined ? {} : { signalIssuers }),
    ...(deliveryHosts === undefined ? {} : { deliveryHosts }),
    ...(heartbeatSeconds === undefined ? {} : { publisher: { heartbeatSeconds } }),
    ...(auditRetentionDays === undefined ? {} : { auditRetentionDays }),
    writesPerMinute: writeLimits(settings),
    publish: publicationPlaces(settings),
  })
}

/** Of a text with commas. */
function listed(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((one) => one.trim())
}

function writeLimits({ writesPerCaller, writesPerTenant }: Settings): Partial<WriteLimits> {
  return {
    ...(writesPerCaller === undefined ? {} : { perPrincipal: writesPerCaller }),
    ...(writesPerTenant === undefined ? {} : { perTenant: writesPerTenant }),
  }
}

async function vcApiOptions({ vcApi = 'off', vcApiHeader }: Settings): Promise<ServiceOptions['vcApi']> {
  if (vcApi === 'off') return undefined
  if (vcApiHeader === undefined) return { mode: vcApi }
  const { parseSignInHeader } = await import('../../server/vc-api/handler.ts')
  return { mode: vcApi, header: parseSignInHeader(vcApiHeader) }
}

async function announce({ url, origin }: RunningService, { host, style }: Cli) {
  const answer = await host.fetch(`${url}/.well-known/procura`)
  const entry = parseStrictJson(await answer.text())
  const did = isJsonObject(entry) ? textOf(entry, 'authority') : ''
  const trust = `${origin}/.well-known/procura`
  const lines = [
    style.bold('The issuer service listens. Interrupt to end it.'),
    ...fields([
      ['url', url],
      ['origin', origin],
      ['did', did],
      ['trust', trust],
    ]),
  ]
  return { json: { url, origin, did, trust }, lines }
}
