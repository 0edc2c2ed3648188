import { type Command, Option } from 'commander'
import { isJsonArray, isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { RETIREMENT_TRIGGERS } from '../../server/retirement/retire-agent.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { findingItem } from '../registry/find-item.ts'
import { countsText, foresee } from '../registry/foresee.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { counted } from '../terminal/text.ts'
import { timeText } from '../terminal/time.ts'

/** Adds `procura agent retire`, `procura agent evidence` and `procura agent sign-off`. */
export function addRetire(command: Command, cli: Cli): void {
  withIssuer(command.command('retire').argument('<id>', 'id of the agent'))
    .description('end an agent for good, have a verifier refuse what it held, and record the evidence')
    .requiredOption('--reason <text>', 'why; kept in the audit trail')
    .addOption(
      new Option('--trigger <name>', 'what kind of reason')
        .choices(RETIREMENT_TRIGGERS)
        .makeOptionMandatory(),
    )
    .option('--ticket <id>', 'of the change, as your organisation numbers it')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      example(
        'procura agent retire ID --trigger project_end --reason "the project is over" --ticket CHG-4711',
      ),
    )
    .action(cli.action((options, [id = '']) => retire(id, options, cli)))
  withIssuer(command.command('evidence').argument('<id>', 'id of the agent'))
    .description('show how an agent was retired, and what a verifier said of what it held')
    .addHelpText('after', example('procura agent evidence ID --json'))
    .action(cli.action((options, [id = '']) => evidence(id, options, cli)))
  withIssuer(command.command('sign-off').argument('<id>', 'id of the agent'))
    .description('say, as the owner or for one, that the evidence of the retirement was seen')
    .option('--note <text>', 'what is to be said of it')
    .addHelpText('after', example('procura agent sign-off ID --key owner.key.json'))
    .action(cli.action((options, [id = '']) => signOff(id, options, cli)))
}

async function signOff(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const path = `/v1/agents/${encodeURIComponent(id)}/sign-off`
  const note = options.text('note')
  const body = note === undefined ? {} : { note }
  const entry = await findingItem({ noun: 'agent', id }, () => api.post(path, body))
  return { json: entry, lines: [`the retirement of ${id} is signed off: ${entryText(entry)}`] }
}

function entryText(entry: JsonObject): string {
  return `entry ${String(member(entry, 'seq'))} of the audit trail`
}

async function retire(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const path = `/v1/agents/${encodeURIComponent(id)}`
  if (!options.flag('yes')) {
    const ends = countsText(await findingItem({ noun: 'agent', id }, () => foresee(api, path, 'revoke')))
    await confirm([`Retiring ${id} ends ${ends}; it never gets another one`], options, cli)
  }
  const ticket = options.text('ticket')
  const body = {
    reason: options.required('reason'),
    trigger: options.required('trigger'),
    ...(ticket !== undefined && { ticket }),
  }
  return reportOf(id, await findingItem({ noun: 'agent', id }, () => api.post(`${path}/retire`, body)))
}

async function evidence(id: string, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const path = `/v1/agents/${encodeURIComponent(id)}/evidence`
  const json = await findingItem({ noun: 'agent', id }, () => api.get(path))
  const signed = objectIn(json, 'signOff')
  const { lines } = reportOf(id, objectIn(json, 'retirement'))
  const state =
    member(signed, 'seq') === undefined ? 'Not signed off yet.' : `Signed off: ${entryText(signed)}.`
  return { json, lines: [...lines, state] }
}

function reportOf(id: string, entry: JsonObject): Report {
  const details = objectIn(entry, 'details')
  const presented = member(details, 'presented')
  const chains = isJsonArray(presented) ? presented.filter(isJsonObject) : []
  const at = timeText(new Date(Number(member(entry, 'at'))).toISOString())
  const verdict =
    member(details, 'verified') === true ? 'and verified' : 'but a check failed: retire it again'
  return {
    json: entry,
    lines: [
      `agent ${id} is retired ${verdict} (${textOf(details, 'trigger')}, ${at}): ${textOf(details, 'reason')}`,
      ...chains.map((chain) => `  ${textOf(chain, 'id')}  a verifier says: ${textOf(chain, 'code')}`),
      ...unpresentedLines(objectIn(details, 'unpresented')),
      `  ${counted(Number(member(details, 'liveDelegations')), 'delegation')} and ${counted(Number(member(details, 'activeRuns')), 'run')} left`,
      `The evidence is ${entryText(entry)}, under its signed checkpoints.`,
    ],
  }
}

function objectIn(json: JsonObject, name: string): JsonObject {
  const value = member(json, name)
  return value !== undefined && isJsonObject(value) ? value : {}
}

/** Why a delegation was not presented, as the evidence counts them. */
const REASONS = {
  lapsed: 'its time was over',
  ownerLapsed: "its owner's credential was over",
  earlierOwnerKey: 'an earlier key of its owner had signed it',
  unreleased: 'it was never released',
  more: 'there were more than are presented',
}

function unpresentedLines(unpresented: JsonObject): readonly string[] {
  return Object.entries(REASONS).flatMap(([name, reason]) => {
    const count = member(unpresented, name)
    return typeof count === 'number' && count > 0
      ? [`  ${counted(count, 'delegation')} not presented: ${reason}`]
      : []
  })
}
