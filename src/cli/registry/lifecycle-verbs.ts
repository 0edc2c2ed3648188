import type { Command } from 'commander'
import type { JsonObject } from '../../core/json.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { type IssuerApi, openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { counted } from '../terminal/text.ts'
import { confirm } from './confirm.ts'
import { findingItem } from './find-item.ts'
import type { Hits } from './foresee.ts'
import { withIssuer } from './issuer-options.ts'
import { stateOf, withoutTokens } from './show-item.ts'

/** Recorded when nobody says why. */
export const NO_REASON = 'not stated'

/** What owners, agents and delegations have in common: they can be suspended, resumed, and ended for good. */
export interface LifecycleNoun {
  /** As on the command line: `owner`, `agent`, `grant`. */
  readonly noun: string
  /** Of the API: `/v1/owners`. */
  readonly path: string
  /** What ends it: `revoke`, `offboard`. */
  readonly end: string
  readonly endDescription: string
  /** Says what ending it will hit. */
  readonly hits: (api: IssuerApi, item: JsonObject) => Promise<Hits>
  /** Whether `--dry-run` says it and nothing more: where the issuer counts what will end. */
  readonly hasDryRun?: boolean
}

/** Adds `suspend`, `resume` and the verb that ends it. */
export function addLifecycleVerbs(command: Command, noun: LifecycleNoun, cli: Cli): void {
  const reasoned = (verb: string, description: string) =>
    withIssuer(
      command.command(verb).description(description).argument('<id>', `id of the ${noun.noun}`),
    ).option('--reason <text>', 'why; kept in the audit trail', NO_REASON)
  reasoned('suspend', 'make every request fail until it is resumed')
    .addHelpText('after', example(`procura ${noun.noun} suspend ID --reason "on leave"`))
    .action(cli.action((options, [id = '']) => act(noun, 'suspend', id, options, cli)))
  withIssuer(
    command.command('resume').description('lift a suspension').argument('<id>', `id of the ${noun.noun}`),
  )
    .addHelpText('after', example(`procura ${noun.noun} resume ID`))
    .action(cli.action((options, [id = '']) => act(noun, 'resume', id, options, cli)))
  const ending = reasoned(noun.end, noun.endDescription).option('--yes', 'do not ask')
  if (noun.hasDryRun === true) ending.option('--dry-run', 'say what would end, and change nothing')
  ending
    .addHelpText('after', example(`procura ${noun.noun} ${noun.end} ID --reason "left the company" --yes`))
    .action(cli.action((options, [id = '']) => end(noun, id, options, cli)))
}

async function act(
  noun: LifecycleNoun,
  verb: string,
  id: string,
  options: Options,
  cli: Cli,
): Promise<Report> {
  const api = await openIssuer(options, cli)
  const reason = options.text('reason')
  const body = reason === undefined ? {} : { reason }
  const path = `${noun.path}/${encodeURIComponent(id)}/${verb}`
  const item = await findingItem({ noun: noun.noun, id }, () => api.post(path, body))
  return reportOf(noun, item, cli)
}

async function end(noun: LifecycleNoun, id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const isDryRun = options.flag('dryRun')
  if (isDryRun || !options.flag('yes')) {
    const path = `${noun.path}/${encodeURIComponent(id)}`
    const item = await findingItem({ noun: noun.noun, id }, () => api.get(path))
    const { lines, json = {} } = await noun.hits(api, item)
    if (isDryRun) return { json, lines: [...lines, 'This was a dry run; nothing was changed.'] }
    await confirm(lines, options, cli)
  }
  return act(noun, noun.end, id, options, cli)
}

function reportOf({ noun }: LifecycleNoun, item: JsonObject, { host }: Cli): Report {
  const { cascadeId, agents, delegations, runs } = item
  const json = withoutTokens(item)
  if (cascadeId !== undefined) {
    const ended = [counted(Number(agents), 'agent'), counted(Number(delegations), 'delegation')].join(', ')
    const line = `${noun} ${textOf(item, 'ownerId')} is offboarded; ${ended} and ${counted(Number(runs), 'run')} ended with it`
    return { json, lines: [line] }
  }
  return { json, lines: [`${noun} ${textOf(item, 'id')} is ${stateOf(item, host.clock())}`] }
}
