import type { Command } from 'commander'
import { parseDuration } from '../../holder/duration.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { openIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { readGrantOptions, withGrant } from '../registry/grant-options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'

/** Adds `procura grant narrow`. */
export function addNarrow(command: Command, cli: Cli): void {
  withGrant(withIssuer(command.command('narrow').argument('<id>', 'id of the grant')))
    .description('allow less from now on; limits that are not mentioned stay')
    .option('--lifetime <duration>', 'a shorter life of each credential, such as 30m')
    .option('--max-depth <links>', 'fewer links that the agent may add')
    .option('--require-status', 'take back --allow-statusless')
    .addHelpText(
      'after',
      example('procura grant narrow ID --action mail.read --location https://mail.example/inbox/'),
    )
    .action(cli.action((options, [id = '']) => narrow(id, options, cli)))
}

async function narrow(id: string, options: Options, cli: Cli): Promise<Report> {
  const changes = await changesOf(options, cli)
  if (Object.keys(changes).length === 0) {
    throw usageError(
      'say what becomes less: --action and --location, --details FILE, --lifetime, --max-depth',
    )
  }
  const api = await openIssuer(options, cli)
  const path = `/v1/delegations/${encodeURIComponent(id)}`
  const grant = await findingItem({ noun: 'grant', id }, () => api.patch(path, changes))
  const next = 'The grant before is revoked; the agent gets this one when it refreshes.'
  return { json: withoutTokens(grant), lines: [...itemLines(grant), '', next] }
}

async function changesOf(options: Options, { host }: Cli): Promise<object> {
  const authorizationDetails = await readGrantOptions(options, host)
  const lifetimeMs = options.parsed('lifetime', (text) => parseDuration(text))
  const maxDepth = options.count('maxDepth')
  return {
    ...(authorizationDetails !== undefined && { authorizationDetails }),
    ...(lifetimeMs !== undefined && { lifetimeSeconds: Math.floor(lifetimeMs / 1000) }),
    ...(maxDepth !== undefined && { maxDepth }),
    ...(options.flag('requireStatus') && { allowStatusless: false }),
  }
}
