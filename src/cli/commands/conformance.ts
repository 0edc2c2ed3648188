import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isJsonArray, parseStrictJson } from '../../core/json.ts'
import type { TlsIdentity } from '../../server/http/http-server.ts'
import type { ServedInstances } from '../../server/vc-api/serve-instances.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { CliError, usageError } from '../cli-error.ts'
import type { TestResult } from '../conformance/features.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { readJsonObject, readText, replaceFile } from '../files.ts'
import { collect, type Options } from '../options.ts'
import { fields } from '../terminal/text.ts'

/** Where nothing is said: beside the port of the issuer service. */
const DEFAULT_PORT = '8788'

export function define(command: Command, cli: Cli): void {
  command
    .command('serve')
    .description('serve VC API instances with throw-away keys, one for each securing mechanism')
    .option('--port <number>', 'port to listen on; 0 takes any', DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--origin <url>', 'under which callers reach it, when that is another address')
    .option('--mode <mode>', 'vcalm, or compatibility: 400 when a verification fails', 'vcalm')
    .option('--status-origin <url>', 'fetch status lists of others below it; may be repeated', collect)
    .option('--https', 'speak TLS with a certificate that it signs itself')
    .option('--cert <file>', 'speak TLS with this certificate (PEM); with --key')
    .option('--key <file>', 'private key of the certificate (PEM)')
    .addHelpText('after', example('procura conformance serve --https --mode compatibility'))
    .action(cli.action((options) => serve(options, cli)))
  const suite = command
    .command('vc-jose-cose')
    .description('secure or verify one file, as the test suite of VC-JOSE-COSE asks')
    .helpCommand(false)
  withFiles(suite.command('issue'), 'issue --input credential.json')
    .description('secure a credential or a presentation')
    .option('--disclosures <json>', 'for SD-JWT: list of paths that can be hidden')
    .action(cli.action((options) => runTest(options, cli, issue)))
  withFiles(suite.command('verify'), 'verify --input credential.jwt')
    .description('verify a token')
    .action(cli.action((options) => runTest(options, cli, verify)))
}

function withFiles(command: Command, begun: string): Command {
  const rest = '--key key.json --feature credential_jose --output result.json'
  return command
    .addHelpText('after', example(`procura conformance vc-jose-cose ${begun} ${rest}`))
    .requiredOption('--input <file>', 'document or token')
    .requiredOption('--key <file>', 'verification method with publicKeyJwk, secretKeyJwk')
    .requiredOption(
      '--feature <name>',
      'credential_jose, credential_sdjwt, presentation_jose, presentation_sdjwt',
    )
    .requiredOption('--output <file>', 'where {"result","data"} is written')
}

/** Runs until it is told to end. */
async function serve(options: Options, cli: Cli): Promise<undefined> {
  const signal = cli.host.ending()
  const served = await start(options, cli)
  const ended = new Promise<void>((done) => signal.addEventListener('abort', () => done()))
  if (!signal.aborted) {
    cli.print(announce(served, cli))
    await ended
  }
  await served.close()
}

async function start(options: Options, cli: Cli): Promise<ServedInstances> {
  const { serveInstances } = await import('../../server/vc-api/serve-instances.ts')
  const { parseSignInHeader } = await import('../../server/vc-api/handler.ts')
  const { createLogger } = await import('../../server/logger.ts')
  const mode = options.required('mode')
  if (mode !== 'vcalm' && mode !== 'compatibility') throw usageError('--mode must be vcalm or compatibility')
  const header = cli.host.environment.PROCURA_VC_API_HEADER ?? ''
  const origin = options.parsed('origin', parseOriginOption)
  const tls = await readTls(options, cli)
  return serveInstances({
    port: options.count('port') ?? 0,
    host: options.required('host'),
    mode,
    log: createLogger('warn', 'stderr'),
    statusOrigins: options.texts('statusOrigin'),
    fetch: cli.host.fetch,
    ...(origin !== undefined && { origin }),
    ...(tls !== undefined && { tls }),
    ...(header !== '' && { header: parseSignInHeader(header) }),
  })
}

function parseOriginOption(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw usageError('--origin must be a scheme, a host and a port: https://host.example:8443')
}

async function readTls(options: Options, { host }: Cli): Promise<TlsIdentity | undefined> {
  const [certificate, key] = [options.text('cert'), options.text('key')]
  if ((certificate === undefined) !== (key === undefined)) throw usageError('--cert and --key go together')
  if (certificate !== undefined && key !== undefined) {
    return { certificate: await readText(certificate, host), privateKey: await readText(key, host) }
  }
  if (!options.flag('https')) return undefined
  const { createSelfSignedCertificate } = await import('../../server/vc-api/self-signed-certificate.ts')
  const { systemRandom } = await import('../../core/clock.ts')
  const names = new Set(['localhost', '127.0.0.1', '::1', options.required('host')])
  return createSelfSignedCertificate([...names], host.clock(), systemRandom)
}

function announce({ origin }: ServedInstances, { style }: Cli) {
  const instances = `${origin}/instances`
  const lines = [
    style.bold('The instances listen, with keys that end with this process. Interrupt to end it.'),
    ...fields([
      ['origin', origin],
      ['instances', instances],
    ]),
  ]
  return { json: { origin, instances }, lines }
}

type RunTest = (options: Options, cli: Cli) => Promise<TestResult>

const EXIT_CODES: Readonly<Record<TestResult['result'], ExitCode>> = {
  success: EXIT.ok,
  indeterminate: EXIT.ok,
  failure: EXIT.refused,
  error: EXIT.error,
}

/** Whatever happens, the suite finds a result to read. */
async function runTest(options: Options, cli: Cli, run: RunTest): Promise<Report> {
  const result = await run(options, cli).catch(asError)
  replaceFile(resolve(cli.host.directory, options.required('output')), `${JSON.stringify(result)}\n`)
  return { json: { result: result.result }, lines: [result.result], exitCode: EXIT_CODES[result.result] }
}

function asError(error: unknown): TestResult {
  return { result: 'error', data: error instanceof CliError ? error.message : 'internal error' }
}

async function issue(options: Options, { host }: Cli): Promise<TestResult> {
  const feature = await readFeature(options)
  if (feature === undefined) return indeterminate()
  const { issueToken } = await import('../conformance/issue-token.ts')
  const document = parseStrictJson(await readText(options.required('input'), host))
  const method = await readJsonObject(options.required('key'), host)
  return issueToken(document, method, feature, readPaths(options))
}

async function verify(options: Options, { host }: Cli): Promise<TestResult> {
  const feature = await readFeature(options)
  if (feature === undefined) return indeterminate()
  const { verifyToken } = await import('../conformance/verify-token.ts')
  const text = (await readText(options.required('input'), host)).trim()
  return verifyToken(text, await readJsonObject(options.required('key'), host), feature)
}

async function readFeature(options: Options) {
  const { featureNamed } = await import('../conformance/features.ts')
  return featureNamed(options.required('feature'))
}

function indeterminate(): TestResult {
  return { result: 'indeterminate', data: 'this feature is not implemented' }
}

function readPaths(options: Options): readonly string[] {
  const paths = parseStrictJson(options.text('disclosures') ?? '[]')
  if (isJsonArray(paths) && paths.every((path) => typeof path === 'string')) return paths
  throw usageError('--disclosures must be a JSON list of paths')
}
