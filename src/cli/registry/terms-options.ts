import { type Command, Option } from 'commander'
import { parseDuration } from '../../holder/duration.ts'
import { MECHANISMS } from '../../model/chain.ts'
import { usageError } from '../cli-error.ts'
import type { Host } from '../host.ts'
import type { Options } from '../options.ts'
import { readGrantOptions, withGrant } from './grant-options.ts'

/** Options that say what is delegated, and how. */
export function withTerms(command: Command): Command {
  return withGrant(command)
    .option('--inherit', 'whatever its owner may pass on, instead of a grant of its own')
    .option('--lifetime <duration>', 'how long it lives, such as 30m, 24h or 7d (default: 24h)')
    .option('--max-depth <links>', 'how many links the agent may add')
    .option('--lease <count>', 'how many delegations it can make revocable by themselves')
    .option('--allow-statusless', 'let the last link be without status')
    .addOption(mechanismOption('how the chain is secured (default: vc+jwt)'))
}

/** A suite stands for its canonicalization; the keys decide the rest. */
export function mechanismOption(description: string): Option {
  return new Option('--mechanism <name>', description).choices(MECHANISMS)
}

/**
 * The terms as the API takes them; `undefined` when the options grant nothing.
 *
 * @throws {CliError} When they grant in two ways, or are not well-formed.
 */
export async function readTerms(options: Options, host: Host): Promise<object | undefined> {
  const authorizationDetails = await readGrantOptions(options, host)
  const inherit = options.flag('inherit')
  if (inherit && authorizationDetails !== undefined) throw grantOnce()
  if (!inherit && authorizationDetails === undefined) return undefined
  const lifetimeMs = options.parsed('lifetime', (text) => parseDuration(text))
  const mechanism = options.text('mechanism')
  return {
    ...(inherit ? { inherit } : { authorizationDetails }),
    ...(lifetimeMs === undefined ? {} : { lifetimeSeconds: Math.floor(lifetimeMs / 1000) }),
    ...withCount('maxDepth', options.count('maxDepth')),
    ...withCount('leaseSize', options.count('lease')),
    ...(options.flag('allowStatusless') ? { allowStatusless: true } : {}),
    ...(mechanism === undefined ? {} : { mechanism }),
  }
}

export function grantOnce(): Error {
  return usageError('say what is granted: --action and --location, --details FILE, or --inherit; one of them')
}

function withCount(name: string, count: number | undefined): object {
  return count === undefined ? {} : { [name]: count }
}
