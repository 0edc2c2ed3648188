import type { Command } from 'commander'
import { parseLink } from '../../delegation/parse-link.ts'
import { readChainArgument } from '../chain/read-chain-argument.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { openIssuer, textOf } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { confirm } from '../registry/confirm.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { NO_REASON } from '../registry/lifecycle-verbs.ts'

export function define(command: Command, cli: Cli): void {
  withIssuer(command)
    .description('end the last link of a chain, with the key of its holder or of one above it')
    .argument('<chain>', 'chain file, or the value of an Agent-Delegation field; -: stdin')
    .option('--reason <text>', 'why; kept in the audit trail', NO_REASON)
    .option('--yes', 'do not ask')
    .addHelpText('after', example('procura revoke helper.chain.json --key helper.key.json'))
    .action(cli.action((options, [chain = '']) => revoke(chain, options, cli)))
}

async function revoke(argument: string, options: Options, cli: Cli): Promise<Report> {
  const chain = await withoutOwner(await readChainArgument(argument, cli.host))
  if (chain.length < 2) {
    throw usageError('the chain ends with the delegation itself: `procura grant revoke` ends that one')
  }
  const api = await openIssuer(options, cli)
  const hits = 'Revoking the last link of this chain ends it and whatever was derived from it'
  if (!options.flag('yes')) await confirm([hits], options, cli)
  const ended = await api.post('/v1/chains/revoke', { chain, reason: options.required('reason') })
  return { json: ended, lines: [`${textOf(ended, 'id')} is revoked`] }
}

/** The owner's credential is the issuer's own, and is not shown to it. */
async function withoutOwner(texts: readonly string[]): Promise<readonly string[]> {
  const first = await parseLink(texts[0] ?? '')
  return first.verified && first.value.credential.type === 'OwnerCredential' ? texts.slice(1) : texts
}
