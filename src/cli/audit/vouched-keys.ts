import { resolve } from 'node:path'
import { equalBytes } from '../../core/bytes.ts'
import { isJsonObject, member, parseStrictJson } from '../../core/json.ts'
import { type Did, isDid } from '../../model/did.ts'
import { encodeVerifierKey, type NoteKey } from '../../securing/signed-note/note.ts'
import { openAuditKeyStatement, type StatementTrust } from '../../server/audit/key-statement.ts'
import { givenDocuments, receiptResolver } from '../../verifier/receipt/receipt-resolver.ts'
import { CliError, usageError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { readJsonObject } from '../files.ts'
import type { Host } from '../host.ts'
import type { Options } from '../options.ts'
import type { AuditKey } from './audit-key.ts'
import { readLines } from './read-lines.ts'

/** A key for which the authority vouched, and when it did so last, in milliseconds since 1970. */
export interface VouchedKey extends NoteKey {
  readonly vouchedAt: number
}

/** The authority whose word is asked for; `undefined` when none was named. @throws {CliError} When it is no DID. */
export function authorityOf(options: Options): Did | undefined {
  const authority = options.text('authority')
  if (authority === undefined || isDid(authority)) return authority
  throw usageError('--authority must be the DID of the authority, as service providers trust it')
}

/**
 * The keys that the authority vouches for in an export, offline: a `did:key` is its own document, that of a `did:web` was kept.
 *
 * @param given Keys that were named; where there are some, only those of them that it vouches for.
 * @returns Each once, with the last time that it vouched for it. @throws {CliError} `unvouched` when there is none.
 */
export async function vouchedKeys(
  file: string,
  {
    authority,
    given,
    options,
    host,
  }: {
    readonly authority: Did
    readonly given: readonly AuditKey[]
    readonly options: Options
    readonly host: Host
  },
): Promise<readonly VouchedKey[]> {
  const documents = await Promise.all(options.texts('document').map((name) => readJsonObject(name, host)))
  const now = host.clock()
  const resolver = receiptResolver({ documents: givenDocuments(documents), now })
  const stated = await statedKeys(resolve(host.directory, file), { authority, resolver, now })
  const keys = stated.filter(
    ({ key }) => given.length === 0 || given.some((other) => equalBytes(other.key.raw, key.raw)),
  )
  if (keys.length > 0) return keys
  throw new CliError(
    'unvouched',
    `${authority} vouches for no key of this trail${given.length === 0 ? '' : ' that was named'}: ${HINT}`,
    { exitCode: EXIT.refused },
  )
}

const HINT =
  'export it again, and for a did:web give the document of that time (--document did.json); else the trail is not that of this authority'

async function statedKeys(path: string, trust: StatementTrust): Promise<readonly VouchedKey[]> {
  const keys = new Map<string, VouchedKey>()
  for await (const { text = '' } of readLines(path)) {
    const statement = statementOf(text)
    const stated = statement === undefined ? undefined : await openAuditKeyStatement(statement, trust)
    if (stated === undefined) continue
    const name = encodeVerifierKey(stated.key)
    const vouchedAt = Math.max(stated.statedAt, keys.get(name)?.vouchedAt ?? 0)
    keys.set(name, { ...stated.key, vouchedAt })
  }
  return [...keys.values()]
}

/** Of a line that closes an export; entries are not looked into. */
function statementOf(text: string): string | undefined {
  const line = text.startsWith('{"checkpoint":') ? parseStrictJson(text) : undefined
  const statement = isJsonObject(line) ? member(line, 'signer') : undefined
  return typeof statement === 'string' ? statement : undefined
}
