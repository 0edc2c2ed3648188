import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { parseLink } from '../../delegation/parse-link.ts'
import type { PresentedRequest } from '../../model/presented-request.ts'
import { parseAgentDelegation } from '../../securing/http-signature/agent-delegation.ts'
import { createLocalSigner } from '../../securing/vc-jose/local-signer.ts'
import { FRESHNESS_SECONDS, type FreshnessTier } from '../../status/freshness.ts'
import { statusFolder } from '../../stores/status-folder.ts'
import { createVerifier } from '../../verifier/create-verifier.ts'
import type { Ask } from '../../verifier/presentation.ts'
import type { PresentationVerdict, RefusedPresentation } from '../../verifier/verdict.ts'
import type { VerifierOptions } from '../../verifier/verifier-options.ts'
import { noNetwork } from '../bundle/take-bundle.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { PRIVATE_MODE, replaceFile } from '../files.ts'
import type { Host } from '../host.ts'
import { readKeyFile } from '../key-file.ts'
import { collect, type Options } from '../options.ts'
import { syncProblem } from '../status/describe-sync.ts'
import { readStatusSource, type StatusSource } from '../status/status-source.ts'
import { parseTime } from '../terminal/time.ts'
import { readTrustFile, type Trust } from '../trust-file.ts'
import { refusedJson, refusedLines, verifiedJson, verifiedLines } from '../verify/describe-verdict.ts'
import { explainRefusal, type RefusalContext } from '../verify/explain-refusal.ts'
import { readArguments } from '../verify/read-arguments.ts'
import { readRequestFile } from '../verify/read-request.ts'

export function define(command: Command, cli: Cli): void {
  const tiers = Object.keys(FRESHNESS_SECONDS)
  command
    .requiredOption(
      '--request <file>',
      'recorded request: { "method", "target", "headers", "body"? (base64) }',
    )
    .requiredOption('--trust <file>', 'anchor file: whom to trust')
    .requiredOption('--audience <url>', 'origin of the service that received the request')
    .requiredOption('--action <name>', 'what is asked, such as mail.read')
    .option('--identifier <name>', 'the resource that is acted on')
    .option(
      '--argument <name=text>',
      'an argument that constraints speak of; name:=json for other than text',
      collect,
    )
    .option('--client-address <ip>', 'address of the caller')
    .option('--environment <name>', 'environment that the chain must name', 'production')
    .addOption(
      new Option('--freshness <tier>', 'how old the status may be').choices(tiers).default('sensitive'),
    )
    .option(
      '--status <place>',
      'directory made by `procura status pull`, or URL of a head (default: as the anchor file says)',
    )
    .option(
      '--state <directory>',
      'status that `procura bundle import` or a verifier keeps there, in place of --status',
    )
    .option('--at <time>', 'judge as of then instead of now: an ISO date, or milliseconds since 1970')
    .option('--receipt <file>', 'write a receipt of the decision there; needs --receipt-key')
    .option('--receipt-key <file>', 'private key of the service provider for receipts, a JWK')
    .option('--explain', 'say of every rule, in order, how it fared')
    .addHelpText(
      'after',
      example(
        'procura verify --request request.json --trust anchor.json --status mirror --audience https://mail.example/ --action mail.read',
      ),
    )
    .action(cli.action((options) => verify(options, cli)))
}

async function verify(options: Options, cli: Cli): Promise<Report> {
  const { host, style } = cli
  const request = await readRequestFile(options.required('request'), host)
  const ask = askOf(options)
  const wanted = wantedReceipt(options)
  const verifier = createVerifier(await verifierOptions(options, cli))
  const problem = (await verifier.sync()).map(syncProblem).find((text) => text !== undefined)
  const verdict = await verifier.verify(request, ask)
  if (wanted !== undefined) await giveReceipt(verdict, wanted, cli)
  const explained = options.flag('explain') ? await explainRules(verdict) : NOT_EXPLAINED
  if (verdict.verified) {
    const lines = verifiedLines(verdict, ask.action, style)
    return { json: { ...verifiedJson(verdict), ...explained.json }, lines: [...lines, ...explained.lines] }
  }
  const explanation = explainRefusal(verdict.refusal, {
    ...(await contextOf(request, ask, options)),
    ...(problem === undefined ? {} : { syncProblem: problem }),
  })
  return {
    json: { ...refusedJson(verdict, explanation), ...explained.json },
    lines: [...refusedLines(verdict, explanation, style), ...explained.lines],
    exitCode: isUnknown(verdict) ? EXIT.statusUnknown : EXIT.refused,
  }
}

interface WantedReceipt {
  readonly file: string
  readonly key: string
}

function wantedReceipt(options: Options): WantedReceipt | undefined {
  const file = options.text('receipt')
  const key = options.text('receiptKey')
  if (file === undefined && key === undefined) return undefined
  if (file !== undefined && key !== undefined) return { file, key }
  throw usageError('--receipt FILE and --receipt-key FILE belong together')
}

/** Where nobody has proven to be the presenter, there is nothing to give a receipt for. */
async function giveReceipt(
  verdict: PresentationVerdict,
  { file, key }: WantedReceipt,
  cli: Cli,
): Promise<void> {
  if (!verdict.verified && !verdict.refusal.authenticated) {
    cli.note(`no receipt was written to ${file}: nobody has proven to be the presenter`)
    return
  }
  const signer = await createLocalSigner(await readKeyFile(key, cli.host))
  replaceFile(resolve(cli.host.directory, file), `${await verdict.receipt(signer)}\n`, PRIVATE_MODE)
}

const NOT_EXPLAINED = { json: {}, lines: [] }

async function explainRules(
  verdict: PresentationVerdict,
): Promise<{ readonly json: object; readonly lines: readonly string[] }> {
  const explanation = await verdict.explain()
  const [, ...lines] = explanation.text().split('\n')
  return { json: { rules: explanation.rules }, lines: ['', ...lines] }
}

async function verifierOptions(options: Options, { host }: Cli): Promise<VerifierOptions> {
  const trust = await readTrustFile(options.required('trust'), host)
  const { fetch, statusStore, ...source } = sourceOf(options, trust, host)
  const at = timeOf(options)
  return {
    audience: withSlash(options.required('audience')),
    trust: [...source.trust.values()],
    environment: options.required('environment'),
    freshness: { '*': tierOf(options.required('freshness')) },
    fetch,
    ...(statusStore === undefined ? {} : { statusStore }),
    clock: at === undefined ? host.clock : () => at,
  }
}

/** Kept status is read as a verifier does that starts without a network. */
function sourceOf(
  options: Options,
  trust: Trust,
  host: Host,
): StatusSource & Pick<VerifierOptions, 'statusStore'> {
  const state = options.text('state')
  const status = options.text('status')
  if (state === undefined) return readStatusSource(status, trust, host)
  if (status !== undefined)
    throw usageError('--state and --status are two places for one thing: give one of them')
  return { trust, fetch: noNetwork, statusStore: statusFolder(resolve(host.directory, state)) }
}

function timeOf(options: Options): number | undefined {
  const text = options.text('at')
  const at = text === undefined ? undefined : parseTime(text)
  if (text !== undefined && at === undefined) {
    throw usageError(
      '--at must be an ISO date with its zone, such as 2026-11-22T09:00:00Z, or milliseconds since 1970',
    )
  }
  return at
}

/** Origins are written without a path as often as with one. */
function withSlash(audience: string): string {
  return URL.canParse(audience) && new URL(audience).href === `${audience}/` ? `${audience}/` : audience
}

function tierOf(text: string): FreshnessTier {
  return text === 'routine' || text === 'critical' ? text : 'sensitive'
}

function askOf(options: Options): Ask {
  const identifier = options.text('identifier')
  const clientAddress = options.text('clientAddress')
  const given = readArguments(options.texts('argument'))
  return {
    action: options.required('action'),
    ...(identifier === undefined ? {} : { identifier }),
    ...(given === undefined ? {} : { arguments: given }),
    ...(clientAddress === undefined ? {} : { clientAddress }),
  }
}

async function contextOf(request: PresentedRequest, ask: Ask, options: Options): Promise<RefusalContext> {
  const field = parseAgentDelegation(request.header('agent-delegation') ?? '')
  const parsed = await Promise.all((field.verified ? field.value : []).map(parseLink))
  const links = parsed.map((link) => (link.verified ? link.value : undefined))
  return { links, ask, audience: options.required('audience'), environment: options.required('environment') }
}

function isUnknown({ refusal: { code } }: RefusedPresentation): boolean {
  return code === 'status_unavailable' || code === 'status_stale'
}
