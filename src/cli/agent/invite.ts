import { type Command, Option } from 'commander'
import { parseDuration } from '../../holder/duration.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { readTerms, withTerms } from '../registry/terms-options.ts'
import { timeText } from '../terminal/time.ts'
import { softwareOf } from './software.ts'

/** Adds `procura agent invite`. */
export function addInvite(command: Command, cli: Cli): void {
  const modes = new Option('--mode <mode>', 'how it acts')
    .choices(['delegated', 'autonomous'])
    .default('delegated')
  withTerms(withIssuer(command.command('invite')))
    .description('make a ticket with which an agent enrols itself, once, by a key of its own')
    .requiredOption('--owner <id>', 'id of the owner it will act for')
    .requiredOption('--name <text>', 'name of the agent')
    .requiredOption('--purpose <text>', 'what it is for')
    .addOption(modes)
    .option('--software <name@version>', 'what it runs')
    .option('--expires <duration>', 'how long the ticket is good, at most 15m (default: 15m)')
    .addHelpText(
      'after',
      example(
        'procura agent invite --owner own_1 --name triage --purpose "sorts mail" --action mail.read --location https://mail.example/',
      ),
    )
    .action(cli.action((options) => invite(options, cli)))
}

async function invite(options: Options, cli: Cli): Promise<Report> {
  const software = softwareOf(options)
  const delegation = await readTerms(options, cli.host)
  const expiresMs = options.parsed('expires', (text) => parseDuration(text))
  const api = await openIssuer(options, cli)
  const made = await api.post('/v1/enrolments', {
    owner: options.required('owner'),
    name: options.required('name'),
    purpose: options.required('purpose'),
    mode: options.required('mode'),
    ...(software === undefined ? {} : { software }),
    ...(delegation === undefined ? {} : { delegation }),
    ...(expiresMs === undefined ? {} : { lifetimeSeconds: Math.floor(expiresMs / 1000) }),
  })
  const out = delegation === undefined ? '' : ' --out chain.json'
  return {
    json: made,
    lines: [
      textOf(made, 'ticket'),
      '',
      `The ticket is good for one agent, ${textOf(made, 'agent')}, until ${timeText(textOf(made, 'expiresAt'))}. It is not shown again.`,
      `Next, where the agent runs: procura agent enrol --issuer ${api.issuer} --ticket - --generate agent.key.json${out}`,
    ],
  }
}
