import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createDidResolver } from '../../did/resolve-did.ts'
import type { BlockedSoftware, GrantLimit } from '../../verifier/authority-limits.ts'
import type { TrustEntry } from '../../verifier/trust.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { readConfiguration } from '../config/configuration.ts'
import { fetchTrustEntry } from '../fetch-trust-entry.ts'
import { replaceFile } from '../files.ts'
import { requiredIssuer } from '../issuer-api.ts'
import type { Options } from '../options.ts'
import { fields, printable } from '../terminal/text.ts'
import { readTrustFile } from '../trust-file.ts'

export function define(command: Command, cli: Cli): void {
  command
    .command('export')
    .description("write the issuer's trust entry as an anchor file")
    .option('--issuer <url>', 'base URL of the issuer (PROCURA_ISSUER)')
    .option('--tenant <id>', 'which of its tenants (default: the first)')
    .requiredOption('--out <file>', 'where to write it; "-" prints it')
    .addHelpText('after', example('procura trust export --issuer https://id.example --out anchor.json'))
    .action(cli.action((options) => exportEntry(options, cli)))
  command
    .command('show')
    .description('say whom an anchor file trusts')
    .argument('<file>', 'anchor file')
    .addHelpText('after', example('procura trust show anchor.json'))
    .action(cli.action((_, [file = '']) => show(file, cli)))
}

async function exportEntry(options: Options, cli: Cli): Promise<Report> {
  const { settings } = await readConfiguration(options, cli.host)
  const entry = await fetchTrustEntry(requiredIssuer(settings), options.text('tenant'), cli.host)
  const out = options.required('out')
  const text = JSON.stringify(entry, null, 2)
  if (out === '-') return { json: entry, lines: [text] }
  replaceFile(resolve(cli.host.directory, out), `${text}\n`)
  return {
    json: { ...entry, file: out },
    lines: [...fields(entryFields(entry)), '', ...exported(out, entry)],
  }
}

/** Whoever reads the file trusts these keys, so the last word is to compare them. */
function exported(file: string, { authority }: TrustEntry): readonly string[] {
  return [`Written to ${file}. Before it is used, compare the authority with its operator: ${authority}`]
}

async function show(file: string, { host }: Cli): Promise<Report> {
  const entries = [...(await readTrustFile(file, host)).values()]
  const described = await Promise.all(entries.map(describeEntry))
  return {
    json: { entries: described.map(({ json }) => json) },
    lines: described.flatMap(({ lines }, i) => (i === 0 ? lines : ['', ...lines])),
  }
}

/** The entry and the thumbprints of its keys, for comparing over another channel. */
async function describeEntry(entry: TrustEntry): Promise<{ json: object; lines: readonly string[] }> {
  const authorityKeys = await thumbprintsOf(entry.authority)
  const statusKeys = await thumbprintsOf(entry.statusIssuer)
  const lines = fields([
    ...entryFields(entry),
    ['authority keys', authorityKeys.join(', ') || 'not resolved here'],
    ['status keys', statusKeys.join(', ') || 'not resolved here'],
  ])
  return { json: { ...entry, authorityKeys, statusKeys }, lines }
}

async function thumbprintsOf(did: string): Promise<readonly string[]> {
  const document = await createDidResolver().resolve(did)
  return document.verified ? document.value.verificationMethods.map(({ thumbprint }) => thumbprint) : []
}

function entryFields(entry: TrustEntry): readonly (readonly [string, string | undefined])[] {
  const { authority, statusIssuer, statusOrigins, head, tenants, mayGrant, blocked = {} } = entry
  const { owners = [], agents = [], software = [] } = blocked
  return [
    ['authority', authority],
    ['status issuer', statusIssuer],
    ['status under', statusOrigins.join(', ')],
    ['head', head],
    ['tenants', tenants === undefined ? 'any' : printable(tenants.join(', '))],
    [
      'may grant',
      mayGrant === undefined ? 'anything' : printable(mayGrant.map(describeLimit).join('; ')) || 'nothing',
    ],
    [
      'blocked',
      [...owners, ...agents, ...software.map(describeSoftware)].map(printable).join(', ') || undefined,
    ],
  ]
}

function describeLimit({ actions, locations, identifiers }: GrantLimit): string {
  const where = locations === undefined ? '' : ` at ${locations.join(', ')}`
  const what = identifiers === undefined ? '' : ` on ${identifiers.join(', ')}`
  return actions.join(', ') + where + what
}

function describeSoftware({ name, versions = [], below }: BlockedSoftware): string {
  return [name, ...versions, ...(below === undefined ? [] : [`below ${below}`])].join(' ')
}
