import type { Command } from 'commander'
import { type Cli, example, type Report } from '../cli.ts'
import { openIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { findingItem } from '../registry/find-item.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'

/** Adds `procura owner link` and `procura owner unlink`. */
export function addLink(command: Command, cli: Cli): void {
  withIssuer(command.command('link').argument('<id>', 'id of the owner'))
    .description('say as whom an identity provider knows the human, so that it can tell of the account')
    .requiredOption('--provider <url>', 'issuer of the subject, exactly as it names itself')
    .requiredOption('--subject <id>', 'the subject there')
    .addHelpText(
      'after',
      example('procura owner link ID --provider https://login.example --subject 24400320'),
    )
    .action(
      cli.action((options, [id = '']) => {
        const subject = { issuer: options.required('provider'), subject: options.required('subject') }
        return link(id, subject, options, cli)
      }),
    )
  withIssuer(command.command('unlink').argument('<id>', 'id of the owner'))
    .description('have no identity provider tell of the human any more')
    .addHelpText('after', example('procura owner unlink ID'))
    .action(cli.action((options, [id = '']) => link(id, null, options, cli)))
}

/** What came before is remembered without whom it was about. */
const NEXT = [
  '',
  'Next: see at the provider that the account is enabled; what it told of it before now ends nothing here.',
]

async function link(id: string, subject: object | null, options: Options, cli: Cli): Promise<Report> {
  const api = await openIssuer(options, cli)
  const path = `/v1/owners/${encodeURIComponent(id)}`
  const owner = await findingItem({ noun: 'owner', id }, () => api.patch(path, { subject }))
  return { json: withoutTokens(owner), lines: [...itemLines(owner), ...(subject === null ? [] : NEXT)] }
}
