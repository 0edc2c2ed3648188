import { resolve } from 'node:path'
import type { Command } from 'commander'
import { encodeBase64 } from '../../core/base64.ts'
import { formatDateTime } from '../../core/date-time.ts'
import type { Did } from '../../model/did.ts'
import { encodeVerifierKey } from '../../securing/signed-note/note.ts'
import type { Checkpoint } from '../../server/audit/checkpoint.ts'
import { type Cli, example, type Report } from '../cli.ts'
import { usageError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { readText } from '../files.ts'
import { collect, type Options } from '../options.ts'
import { counted, fields } from '../terminal/text.ts'
import { type AuditKey, openWith, readAuditKey } from './audit-key.ts'
import { readLines } from './read-lines.ts'
import { type ExportProblem, type ExportVerdict, verifyExport } from './verify-export.ts'
import { authorityOf, type VouchedKey, vouchedKeys } from './vouched-keys.ts'

/** Entries after which the line on the terminal changes. */
const PROGRESS_STEP = 1_000

export function defineVerify(command: Command, cli: Cli): void {
  command
    .command('verify')
    .description('verify an export offline: every entry, the chain, the tree, the signed checkpoint')
    .argument('<file>', 'as `procura audit export` wrote it')
    .option(
      '--key <key>',
      'whose signature: the line at /audit/TENANT/key, a did:key, or a file with one; earlier keys, too',
      collect,
    )
    .option('--authority <did>', 'the authority that must vouch for the key; then --key need not be known')
    .option('--document <file>', 'DID document of that authority, as it was when it vouched', collect)
    .option('--checkpoint <file>', 'a checkpoint that was kept: the export must go on from it')
    .addHelpText('after', example('procura audit verify trail.jsonl --key audit.key --checkpoint kept.txt'))
    .action(cli.action((options, [file = '']) => verify(file, options, cli)))
}

async function verify(file: string, options: Options, cli: Cli): Promise<Report> {
  const authority = authorityOf(options)
  const given = await Promise.all(options.texts('key').map((text) => readAuditKey(text, cli.host)))
  const vouched = authority && (await vouchedKeys(file, { authority, given, options, host: cli.host }))
  const keys = vouched ?? assertNamed(given)
  const held = await heldCheckpoint(options, keys, cli)
  const progress = cli.progress()
  const onProgress = (entries: number) => {
    if (entries % PROGRESS_STEP === 0) progress.show(`${entries} entries …`)
  }
  try {
    const lines = readLines(resolve(cli.host.directory, file))
    const verdict = await verifyExport(lines, { keys, onProgress, ...(held !== undefined && { held }) })
    progress.end()
    return report(verdict, { held, authority, vouched }, cli)
  } finally {
    progress.end()
  }
}

/** Without one, whoever made the file could have signed it. */
function assertNamed(given: readonly AuditKey[]): readonly AuditKey[] {
  if (given.length > 0) return given
  throw usageError(
    'say whose signature it must have: --authority DID, whom service providers trust, or --key KEY, the line at /audit/TENANT/key of the issuer, compared with its operator by another way',
  )
}

async function heldCheckpoint(
  options: Options,
  keys: readonly AuditKey[],
  { host }: Cli,
): Promise<Checkpoint | undefined> {
  const file = options.text('checkpoint')
  if (file === undefined) return undefined
  const held = await openWith(await readText(file, host), keys)
  if (held !== undefined) return held
  throw usageError(
    `${file} is no checkpoint that one of these keys signed; name the key that it was signed with by another --key`,
  )
}

interface Against {
  readonly held: Checkpoint | undefined
  readonly authority: Did | undefined
  readonly vouched: readonly VouchedKey[] | undefined
}

function report(verdict: ExportVerdict, { held, authority, vouched = [] }: Against, { style }: Cli): Report {
  if (!verdict.intact) {
    const { seq, problem } = verdict
    return {
      json: { intact: false, seq, problem },
      lines: [style.red(`The export is BROKEN at entry ${seq} (${problem}): ${MEANINGS[problem]}`)],
      exitCode: EXIT.refused,
    }
  }
  const { checkpoint, removed } = verdict
  const { origin, size } = checkpoint
  const root = encodeBase64(checkpoint.root)
  return {
    json: {
      intact: true,
      origin,
      entries: size,
      removed,
      root,
      ...(held !== undefined && { from: held.size }),
      ...(authority !== undefined && { authority, vouched: vouched.map(vouchedView) }),
    },
    lines: [
      style.green(`Intact: ${counted(size, 'entry', 'entries')} under one signed checkpoint.`),
      ...fields([
        ['trail', origin],
        ['root', root],
        [
          'removed',
          removed === 0
            ? undefined
            : `the texts of ${counted(removed, 'entry', 'entries')}; their hashes are in the tree`,
        ],
        ['vouched for', authority === undefined ? undefined : `by ${authority}, whose key says so`],
        ['last on', vouched.map(({ vouchedAt }) => formatDateTime(vouchedAt)).join(', ') || undefined],
        ['goes on from', held === undefined ? undefined : `the kept checkpoint of ${held.size}`],
      ]),
      ...(authority === undefined
        ? [style.dim('Without --authority, it is on you to know whose key it is.')]
        : []),
      ...(held === undefined
        ? [style.dim('Without --checkpoint, a trail that was written anew and signed again passes.')]
        : []),
    ],
  }
}

function vouchedView({ vouchedAt, ...key }: VouchedKey): object {
  return { key: encodeVerifierKey(key), at: formatDateTime(vouchedAt) }
}

const MEANINGS: Readonly<Record<ExportProblem, string>> = {
  malformed: 'the line is not as an export has it, or was cut',
  foreign_tenant: 'it belongs to another tenant',
  gap: 'an entry is missing, doubled or out of order',
  broken_link: 'it does not follow from the entry before, one of the two was changed',
  hash_mismatch: 'it was changed',
  truncated: 'entries are missing that a checkpoint covers',
  rewritten: 'from here on it is another history than the one that was signed',
  bad_checkpoint:
    'the checkpoint is not signed by such a key (name earlier keys by further --key), or not of these entries',
  no_checkpoint: 'no checkpoint covers the end; go on with `procura audit export`',
  unexplained: 'texts are missing that no entry says were removed',
  restored:
    'the registry was restored from a backup here, and entries that the kept checkpoint covers are lost; ask the operator for an export from before',
}
