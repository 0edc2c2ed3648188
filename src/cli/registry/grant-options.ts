import type { Command } from 'commander'
import {
  isJsonArray,
  isJsonObject,
  type Json,
  type JsonObject,
  member,
  parseStrictJson,
} from '../../core/json.ts'
import type { GrantDetail } from '../../holder/delegate-options.ts'
import { CONSTRAINT_KINDS } from '../../model/constraints/kinds.ts'
import { describeGrantFault, unsupportedMember } from '../../model/grant-rules.ts'
import { readDocument } from '../../model/member-reader.ts'
import { GRANT_TYPE, readEntitlements } from '../../model/parse-grant.ts'
import { usageError } from '../cli-error.ts'
import { readText } from '../files.ts'
import type { Host } from '../host.ts'
import { collect, type Options } from '../options.ts'

/** Options that spell one entry of a grant, or name a file with several. */
export function withGrant(command: Command): Command {
  return command
    .option('--action <name>', 'an action, such as mail.read; may be repeated', collect)
    .option('--location <url>', 'where: an origin, or an origin and a path prefix; may be repeated', collect)
    .option('--identifier <name>', 'a resource; a trailing "/" means all below; may be repeated', collect)
    .option('--constraint <json>', 'a constraint as JSON; may be repeated', collect)
    .option(
      '--details <file>',
      'entries as JSON (RFC 9396), instead of the options above; "-": standard input',
    )
}

/**
 * The entries of `authorizationDetails` that the options spell; `undefined` when they spell none.
 *
 * @throws {CliError} When they are not well-formed; what they may be is the issuer's to say.
 */
export async function readGrantOptions(
  options: Options,
  host: Host,
): Promise<readonly GrantDetail[] | undefined> {
  const file = options.text('details')
  const spelled = ['action', 'location', 'identifier', 'constraint'].some(
    (name) => options.texts(name).length > 0,
  )
  if (file !== undefined && spelled) throw usageError('give --details, or --action and its like, not both')
  if (file !== undefined) return wellFormed(await readDetails(file, host), file)
  return spelled ? wellFormed([entryOf(options)], 'the grant') : undefined
}

function entryOf(options: Options): JsonObject {
  const actions = options.texts('action')
  const locations = options.texts('location')
  if (actions.length === 0) throw usageError('the grant needs at least one --action, such as mail.read')
  if (locations.length === 0)
    throw usageError('the grant needs at least one --location, such as https://mail.example/')
  const identifiers = options.texts('identifier')
  const constraints = options.texts('constraint').map(parseConstraint)
  return {
    type: 'api',
    locations,
    actions,
    ...(identifiers.length === 0 ? {} : { identifiers }),
    ...(constraints.length === 0 ? {} : { constraints }),
  }
}

function parseConstraint(text: string): JsonObject {
  const json = parseStrictJson(text)
  if (isJsonObject(json)) return json
  throw usageError(
    '--constraint must be a JSON object, such as \'{"kind":"range","on":"amount","max":"50"}\'',
  )
}

async function readDetails(file: string, host: Host): Promise<readonly JsonObject[]> {
  const json = parseStrictJson((await readText(file, host)).trim())
  const inner: Json | undefined = isJsonObject(json) ? (member(json, 'authorizationDetails') ?? [json]) : json
  if (isJsonArray(inner) && inner.length > 0 && inner.every(isJsonObject)) return inner
  throw usageError(`${file} must hold a list of entries [{"type":"api","locations":[…],"actions":[…]}]`)
}

/** Read as a credential is read, so that a slip is told here and by the member's name. */
function wellFormed(authorizationDetails: readonly JsonObject[], source: string): readonly GrantDetail[] {
  const read = readDocument({ authorizationDetails }, readEntitlements)
  if (!read.verified) throw usageError(describeGrantFault(source, read.refusal.dimension))
  const unsupported = unsupportedMember(read.value)
  if (unsupported === undefined) return authorizationDetails as unknown as GrantDetail[]
  const word = unknownWord(authorizationDetails)
  throw usageError(`${describeGrantFault(source, unsupported)}${word === undefined ? '' : `, not ${word}`}`)
}

/** Most characters of a word that is shown to who wrote it. */
const MAX_SHOWN_CHARS = 40

/** The first type or kind that is not known, in quotes: only whoever wrote it is told. */
function unknownWord(entries: readonly JsonObject[]): string | undefined {
  const words = entries.flatMap((entry) => {
    const type = member(entry, 'type')
    const constraints = member(entry, 'constraints')
    if (type !== GRANT_TYPE) return type
    if (!isJsonArray(constraints)) return []
    return constraints.filter(isJsonObject).flatMap((one) => member(one, 'kind') ?? [])
  })
  const word = words.find((text) => !CONSTRAINT_KINDS.some((kind) => kind === text))
  return typeof word === 'string' ? JSON.stringify(word.slice(0, MAX_SHOWN_CHARS)) : undefined
}
