import type { PublicKey } from '../../core/crypto/port.ts'
import { resolveDidKey } from '../../did/did-key.ts'
import { isDid } from '../../model/did.ts'
import { type NoteKey, parseVerifierKey } from '../../securing/signed-note/note.ts'
import {
  type Checkpoint,
  isTrailNamed,
  openCheckpoint,
  parseCheckpoint,
} from '../../server/audit/checkpoint.ts'
import { usageError } from '../cli-error.ts'
import { readText } from '../files.ts'
import type { Host } from '../host.ts'

/** Whose checkpoints are believed: a key, and the name of the trail if it was said. */
export type AuditKey = { readonly key: PublicKey } & Partial<NoteKey>

/**
 * Reads who must have signed: `name+hash+key`, a `did:key`, or a file with one of these.
 *
 * @throws {CliError} When it is neither.
 */
export async function readAuditKey(given: string, host: Host): Promise<AuditKey> {
  const known = parseAuditKey(given) ?? parseAuditKey((await readText(given, host)).trim())
  if (known !== undefined) return known
  throw usageError(
    '--key must be the line at /audit/TENANT/key of the issuer, a did:key of an Ed25519 key, or a file with one of these',
  )
}

function parseAuditKey(text: string): AuditKey | undefined {
  if (!text.startsWith('did:key:') || !isDid(text)) return parseVerifierKey(text)
  const document = resolveDidKey(text)
  const [method] = document.verified ? document.value.verificationMethods : []
  return method?.key.type === 'Ed25519' ? { key: method.key } : undefined
}

/** A checkpoint that one of these keys signed, of the trail that the key is for. Keys change; old ones signed old checkpoints. */
export async function openWith(note: string, keys: readonly AuditKey[]): Promise<Checkpoint | undefined> {
  const origin = parseCheckpoint(note)?.origin ?? ''
  for (const { key, name = origin } of keys) {
    const opened = await openCheckpoint(note, { key, name: isTrailNamed(origin, name) ? origin : name })
    if (opened !== undefined) return opened
  }
  return undefined
}
