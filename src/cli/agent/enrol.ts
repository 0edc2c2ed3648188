import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { createLocalSigner } from '../../securing/vc-jose/local-signer.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { CliError, usageError } from '../cli-error.ts'
import { openIssuer } from '../issuer-api.ts'
import { createKeyFile, readKeyFile } from '../key-file.ts'
import type { Options } from '../options.ts'
import { withIssuer } from '../registry/issuer-options.ts'
import { itemLines, withoutTokens } from '../registry/show-item.ts'
import { writeChain } from '../registry/write-chain.ts'
import { withNewKey } from './new-key.ts'

/** Adds `procura agent enrol`. */
export function addEnrol(command: Command, cli: Cli): void {
  withIssuer(command.command('enrol'))
    .description('become the agent that a ticket stands for; the key never leaves this machine')
    .requiredOption('--ticket <text>', 'the ticket; "-": standard input')
    .option('--generate <file>', 'make a key for it: new file for the private key; else --key')
    .option('--out <file>', 'write the chain file of what is delegated with it; "-" prints it')
    .addHelpText(
      'after',
      example('procura agent enrol --ticket - --generate agent.key.json --out chain.json < ticket'),
    )
    .action(cli.action((options) => enrol(options, cli)))
}

/** After any other refusal the agent is registered with its key, and only that key finishes what is left: run it again with `--key`. */
const NOT_ENROLLED: ReadonlySet<string> = new Set(['ticket_invalid', 'did_in_use'])

async function enrol(options: Options, cli: Cli): Promise<Report> {
  const ticket = await ticketOf(options, cli)
  const file = await generate(options, cli)
  const signer = file === undefined ? undefined : await createLocalSigner(await readKeyFile(file, cli.host))
  const api = await openIssuer(options, cli, signer)
  const redeem = () => api.create('/v1/enrolments/redeem', { ticket })
  const enrolled = await withNewKey(file, redeem, (code) => NOT_ENROLLED.has(code))
  const agent = member(enrolled, 'agent')
  const delegation = member(enrolled, 'delegation')
  if (!isJsonObject(agent)) throw new CliError('unusable_answer', 'the issuer gave no agent for this ticket')
  const chain = isJsonObject(delegation) ? chainReport(delegation, options.text('out'), cli) : undefined
  if (options.text('out') === '-' && chain !== undefined) return chain
  const key = file === undefined ? [] : [`The private key is in ${file}; there is no other copy.`]
  return {
    json: {
      ...agent,
      ...(file === undefined ? {} : { keyFile: file }),
      ...(chain === undefined ? {} : { delegation: chain.json }),
    },
    lines: [...itemLines(agent), '', ...key, ...(chain?.lines ?? [])],
  }
}

async function ticketOf(options: Options, { host }: Cli): Promise<string> {
  const text = options.required('ticket')
  const ticket = text === '-' ? (await host.stdin.read()).trim() : text
  if (ticket !== '') return ticket
  throw usageError('standard input has no ticket; `procura agent invite` makes one')
}

/** A ticket without a key to come with would be used up for nothing: the key is made first. */
async function generate(options: Options, { host }: Cli): Promise<string | undefined> {
  const file = options.text('generate')
  if (file === undefined) return undefined
  if (options.text('key') !== undefined) {
    throw usageError('give --key FILE for a key that the agent has, or --generate FILE for a new one')
  }
  const path = resolve(host.directory, file)
  await createKeyFile(path)
  return path
}

function chainReport(delegation: JsonObject, out: string | undefined, cli: Cli): Report {
  if (out !== undefined) return writeChain(delegation, out, cli)
  const next = `Next, the agent gets its chain: procura grant fetch ${String(member(delegation, 'id'))} --out chain.json`
  return { json: withoutTokens(delegation), lines: [next] }
}
