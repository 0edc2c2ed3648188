import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Fetch } from '../../core/clock.ts'
import { formatDateTime } from '../../core/date-time.ts'
import { createLocalSigner } from '../../securing/vc-jose/local-signer.ts'
import { AuthoritySync } from '../../verifier/authority-sync.ts'
import {
  type Bundle,
  MAX_BUNDLE_BYTES,
  openBundle,
  type ToBundle,
  writeBundle,
} from '../../verifier/bundle.ts'
import type { TrustEntry } from '../../verifier/trust.ts'
import { type Taken, takeBundled } from '../bundle/take-bundle.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { CliError, usageError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { readText, replaceFile } from '../files.ts'
import { didOfSigner, readKeyFile, readPublicHalf } from '../key-file.ts'
import type { Options } from '../options.ts'
import { syncProblem } from '../status/describe-sync.ts'
import { followedTrust } from '../status/followed-trust.ts'
import { readStatusSource } from '../status/status-source.ts'
import { counted, fields } from '../terminal/text.ts'
import { formatRelative } from '../terminal/time.ts'
import { readTrustFile } from '../trust-file.ts'

export function define(command: Command, cli: Cli): void {
  command
    .command('export')
    .description('write the status and documents of the authorities of an anchor file into one signed file')
    .requiredOption('--trust <file>', 'anchor file: whose status')
    .requiredOption('--key <file>', 'private key that signs the bundle, a JWK; importers need its DID')
    .requiredOption('--out <file>', 'where to write it')
    .option(
      '--status <place>',
      'a mirror of `status pull`, or URL of a head (default: as the anchor file says)',
    )
    .addHelpText(
      'after',
      example('procura bundle export --trust anchor.json --key operator.key.json --out status.bundle'),
    )
    .action(cli.action((options) => exportBundle(options, cli)))
  signedBy(command.command('verify'))
    .description('verify a bundle without a network: who signed it, what is in it, and how old')
    .argument('<file>', 'the bundle')
    .addHelpText('after', example('procura bundle verify status.bundle --did did:key:z6Mk…'))
    .action(cli.action((options, [file = '']) => take(file, options, cli)))
  signedBy(command.command('import'))
    .description('take a bundle into the directory where verifiers keep status')
    .argument('<file>', 'the bundle')
    .requiredOption(
      '--state <directory>',
      'as of `statusFolder` and of `procura verify --state`; made when missing',
    )
    .addHelpText(
      'after',
      example('procura bundle import status.bundle --did did:key:z6Mk… --state /var/lib/mail/status'),
    )
    .action(cli.action((options, [file = '']) => take(file, options, cli)))
}

function signedBy(command: Command): Command {
  return command
    .option(
      '--did <did>',
      'who has to have signed it, as `procura agent pubkey` prints it there: did:key or did:jwk',
    )
    .option('--key <file>', 'the key of the signer as a JWK, in place of --did')
}

async function exportBundle(options: Options, cli: Cli): Promise<Report> {
  const { host } = cli
  const trust = await readTrustFile(options.required('trust'), host)
  const source = readStatusSource(options.text('status'), trust, host)
  const signer = await createLocalSigner(await readKeyFile(options.required('key'), host))
  const progress = cli.progress()
  const written: ToBundle[] = []
  for (const entry of source.trust.values()) {
    progress.show(entry.head)
    written.push({ trust: entry, status: await statusOf(entry, source.fetch, cli) })
  }
  progress.end()
  const bundle = await writeBundle(written, signer, host.clock())
  const out = options.required('out')
  replaceFile(resolve(host.directory, out), bundle)
  const did = didOfSigner(signer)
  return {
    json: { file: out, signer: did, authorities: [...source.trust.keys()], bytes: bundle.length },
    lines: [
      `${out}: ${counted(written.length, 'authority', 'authorities')}, ${bundle.length} bytes`,
      `Signed by ${did}: importers have to know that DID by another way.`,
    ],
  }
}

/** @throws {CliError} With exit code 4 when not all of it can be had: half a bundle would look like a whole one. */
async function statusOf(entry: TrustEntry, fetch: Fetch, { host }: Cli): Promise<ToBundle['status']> {
  const { clock } = host
  const evidence: string[] = []
  const onAlarm = ({ kind }: { readonly kind: string }) => void evidence.push(kind)
  const sync = new AuthoritySync({ ...followedTrust(entry, fetch, clock), fetch, clock, onAlarm })
  const problem = syncProblem(await sync.sync()) ?? evidence[0]
  const status = await sync.written()
  if (problem === undefined && status !== undefined) return status
  throw new CliError('status_unknown', problem ?? `nothing of ${entry.authority} is held`, {
    exitCode: EXIT.statusUnknown,
  })
}

async function take(file: string, options: Options, cli: Cli): Promise<Report> {
  const { host, style } = cli
  const opened = await openBundle(
    (await readText(file, host, MAX_BUNDLE_BYTES)).trim(),
    await signerOf(options, cli),
    host.clock(),
  )
  if (!opened.verified) {
    const { code, dimension = '' } = opened.refusal
    return {
      json: { verified: false, refusal: opened.refusal },
      lines: [
        style.red(`refused: ${code} ${dimension}`.trim()),
        `${FIXES[code] ?? 'ask for the bundle once more'}.`,
      ],
      exitCode: EXIT.refused,
    }
  }
  const state = options.text('state')
  const place = state === undefined ? {} : { directory: resolve(host.directory, state) }
  const taken: Taken[] = []
  for (const bundled of opened.value.authorities)
    taken.push(await takeBundled(bundled, { clock: host.clock, ...place }))
  return report(opened.value, taken, cli)
}

const FIXES: Readonly<Record<string, string>> = {
  key_not_authorized: 'It is signed by somebody else: compare the DID with whoever made the bundle',
  signature_invalid: 'It was changed after it was signed: ask for it once more',
  malformed: 'It is no bundle, or was cut off: ask for it once more',
  not_yet_valid: 'It was made in the future: check the clock of this machine',
}

async function signerOf(options: Options, { host }: Cli): Promise<string> {
  const did = options.text('did')
  const key = options.text('key')
  if (did !== undefined && key === undefined) return did
  if (did === undefined && key !== undefined) return (await readPublicHalf(key, host)).did
  throw usageError('say who has to have signed the bundle: --did DID or --key FILE, not both')
}

function report({ signer, exportedAt }: Bundle, taken: readonly Taken[], cli: Cli): Report {
  const now = cli.host.clock()
  return {
    json: {
      verified: true,
      signer,
      exportedAt: formatDateTime(exportedAt),
      authorities: taken.map(takenJson),
    },
    lines: [
      ...fields([
        ['signed by', signer],
        ['made', formatRelative(exportedAt, now)],
      ]),
      ...taken.flatMap((one) => takenLines(one, cli)),
    ],
    exitCode: taken.every(isGood) ? EXIT.ok : EXIT.refused,
  }
}

/** A state directory that was broken is begun anew: what the bundle has counts. */
function isGood({ state, alarms }: Taken): boolean {
  return state.failure === undefined && alarms.every(({ kind }) => kind === 'kept_status_refused')
}

function takenJson({ state, alarms, documents }: Taken): object {
  const { authority, lists, asOf, failure } = state
  return {
    authority,
    lists,
    ...(asOf === undefined ? {} : { asOf: formatDateTime(asOf) }),
    documents: documents.map(({ did, fetchedAt }) => ({ did, fetchedAt: formatDateTime(fetchedAt) })),
    ...(failure === undefined ? {} : { failure }),
    alarms: alarms.map(({ kind }) => kind),
  }
}

function takenLines({ state, alarms, documents }: Taken, { style, host }: Cli): readonly string[] {
  const { authority, lists, asOf, failure } = state
  const now = host.clock()
  const age = asOf === undefined ? '' : `, as of ${formatRelative(asOf, now)}`
  const evidence = alarms.map(({ kind }) => style.red(`ALARM ${kind}`))
  const refused =
    failure === undefined
      ? []
      : [style.red(`${authority}: refused, ${failure.code} ${failure.dimension ?? ''}`.trim())]
  return [
    ...evidence,
    ...refused,
    `${authority}: ${counted(lists, 'list')}${age}`,
    ...documents.map(
      ({ did, fetchedAt }) => `  document of ${did}, fetched ${formatRelative(fetchedAt, now)}`,
    ),
  ]
}
