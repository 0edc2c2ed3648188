import type { Command } from 'commander'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { openIssuer } from '../issuer-api.ts'
import { collect, type Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { readGrantOptions, withGrant } from '../registry/grant-options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'

const TEXTS = ['name', 'accountable', 'team', 'assurance'] as const

/** Adds `procura owner update`. */
export function addUpdate(command: Command, cli: Cli): void {
  withGrant(withIssuer(command.command('update').argument('<id>', 'id of the owner')))
    .description('change an owner; the entitlements given replace all that the owner has')
    .option('--name <text>', 'name of the owner')
    .option('--accountable <text>', 'name of another human who answers for it')
    .option('--team <text>', 'team that the owner is')
    .option('--assurance <level>', 'how sure one is of who the human is')
    .option(
      '--revoker <did>',
      'DID that may revoke for this owner, instead of those so far; may be repeated',
      collect,
    )
    .addHelpText(
      'after',
      example('procura owner update ID --action mail.read --location https://mail.example/'),
    )
    .action(cli.action((options, [id = '']) => update(id, options, cli)))
}

async function update(id: string, options: Options, cli: Cli): Promise<Report> {
  const entitlements = await readGrantOptions(options, cli.host)
  const revokers = options.texts('revoker')
  const given = TEXTS.flatMap((name) =>
    options.text(name) === undefined ? [] : [[name, options.text(name)]],
  )
  const changes = {
    ...Object.fromEntries(given),
    ...(entitlements !== undefined && { entitlements }),
    ...(revokers.length > 0 && { revokers }),
  }
  if (Object.keys(changes).length === 0) {
    throw usageError('say what changes: --action and --location, --details FILE, --name, --accountable …')
  }
  const api = await openIssuer(options, cli)
  const path = `/v1/owners/${encodeURIComponent(id)}`
  const owner = await findingItem({ noun: 'owner', id }, () => api.patch(path, changes))
  const next =
    entitlements === undefined
      ? []
      : ['', 'Agents follow when they next refresh, or are refused what is gone.']
  return { json: withoutTokens(owner), lines: [...itemLines(owner), ...next] }
}
