import type { Command } from 'commander'
import { ProcuraError } from '../../errors.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import type { Configuration } from '../config/configuration.ts'
import { SETTINGS } from '../config/settings.ts'
import { checkData } from '../doctor/check-data.ts'
import { checkNode, checkVariables } from '../doctor/check-environment.ts'
import { checkKey } from '../doctor/check-key.ts'
import { checkService } from '../doctor/check-service.ts'
import { checkTargets } from '../doctor/check-targets.ts'
import { type Finding, failed } from '../doctor/finding.ts'
import { EXIT } from '../exit-codes.ts'
import type { Options } from '../options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { readServiceConfiguration } from '../service/service-configuration.ts'
import type { Style } from '../terminal/style.ts'
import { fields, printable } from '../terminal/text.ts'

export function define(command: Command, cli: Cli): void {
  withIssuer(command)
    .option('--data <directory>', 'data directory of the service (PROCURA_DATA_DIR; default: .procura)')
    .addHelpText('after', example('procura doctor --issuer https://id.example'))
    .action(cli.action((options) => doctor(options, cli)))
}

async function doctor(options: Options, cli: Cli): Promise<Report> {
  const { host, style } = cli
  const configuration = await configurationOf(options, cli)
  const own = [checkNode(process.versions.node), ...checkVariables(host)]
  const findings =
    'settings' in configuration ? await checkAll(configuration, own, options, cli) : [...own, configuration]
  const settings = 'settings' in configuration ? shownSettings(configuration) : []
  return {
    json: { settings, findings },
    lines: [...settingLines(settings, style), ...findings.flatMap((finding) => findingLines(finding, style))],
    exitCode: findings.some(({ state }) => state === 'failed') ? EXIT.error : EXIT.ok,
  }
}

/** What is wrong with the configuration is the first thing to be told, and nothing else can be looked at. */
async function configurationOf(options: Options, { host }: Cli): Promise<Configuration | Finding> {
  try {
    return await readServiceConfiguration(options, host)
  } catch (error) {
    if (error instanceof CliError || error instanceof ProcuraError)
      return failed('configuration', error.message, 'mend it as the message says')
    throw error
  }
}

async function checkAll(
  configuration: Configuration,
  own: readonly Finding[],
  options: Options,
  cli: Cli,
): Promise<readonly Finding[]> {
  const { settings } = configuration
  const progress = cli.progress()
  progress.show('looking at the data directory …')
  const data = await checkData(configuration)
  const targets = await checkTargets(settings, cli.host)
  progress.show('looking at the service …')
  const service = await checkService(settings.issuer, cli.host)
  const isThere = service.length > 1
  const key = isThere ? [await checkKey(settings, options, cli)] : []
  progress.end()
  return [...own, ...data, ...targets, ...service, ...key]
}

interface ShownSetting {
  readonly name: string
  readonly value: string
  readonly source: string
}

function shownSettings({ effective }: Configuration): readonly ShownSetting[] {
  return effective.map(({ name, value, source }) => ({
    name,
    value: SETTINGS[name].isSecret === true ? '(secret)' : String(value),
    source,
  }))
}

function settingLines(settings: readonly ShownSetting[], style: Style): readonly string[] {
  const shown = settings.map(
    ({ name, value, source }) => [name, `${printable(value)} ${style.dim(`(${source})`)}`] as const,
  )
  return settings.length === 0 ? [] : [...fields(shown), '']
}

/** Width of the longest state and of the longest name of a check. */
const STATE_WIDTH = 'skipped'.length
const CHECK_WIDTH = 'configuration'.length

function findingLines({ check, state, detail, fix }: Finding, style: Style): readonly string[] {
  const paint = { ok: style.green, warning: style.yellow, failed: style.red, skipped: style.dim }[state]
  const head = `${paint(state.padEnd(STATE_WIDTH))}  ${check.padEnd(CHECK_WIDTH)}  ${printable(detail)}`
  const indent = ' '.repeat(STATE_WIDTH + 2)
  return fix === undefined ? [head] : [head, `${indent}${style.bold('to mend:')} ${printable(fix)}`]
}
