import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { AuditEntry } from '../../issuer/records.ts'
import { CliError } from '../cli-error.ts'

const TEXTS = ['tenant', 'actor', 'role', 'action', 'target', 'requestId', 'prev', 'hash'] as const

/**
 * Reads an entry of the audit trail. Only what is needed is looked at: members that are not known here are hashed as
 * they stand, so that the trail of a newer service can be verified too.
 *
 * @throws {CliError} When it is no entry.
 */
export function readAuditEntry(json: JsonObject): AuditEntry {
  const isEntry =
    TEXTS.every((name) => typeof json[name] === 'string') &&
    isCount(json.seq) &&
    isCount(json.at) &&
    isJsonObject(json.details)
  if (isEntry) return json as unknown as AuditEntry
  throw new CliError(
    'unusable_answer',
    'the issuer gave an audit entry of another form; compare its version with this one',
  )
}

function isCount(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
