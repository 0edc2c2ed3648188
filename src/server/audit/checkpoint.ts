import { decodeBase64, encodeBase64 } from '../../core/base64.ts'
import { MERKLE_HASH_BYTES } from '../../core/merkle.ts'
import type { TreeHead } from '../../core/merkle-proof.ts'
import type { Signer } from '../../model/signer.ts'
import { type NoteKey, openNote } from '../../securing/signed-note/note.ts'
import { signNote } from '../../securing/signed-note/sign-note.ts'

/** What a checkpoint says: which trail, how many entries, and the root of their tree. */
export interface Checkpoint extends TreeHead {
  /** Names the trail: `id.example/audit/acme`. */
  readonly origin: string
}

/**
 * Name of a tenant's trail, which is also the name of its key: the address of its tiles without the scheme.
 *
 * @param generation When it went on from a backup (ms), so that it is another trail than the one that checkpoints were signed of before.
 */
export function auditOrigin(origin: string, tenant: string, generation?: number): string {
  const name = `${new URL(origin).host}/audit/${tenant}`
  return generation === undefined ? name : `${name}/${generation}`
}

/** Tells whether a trail has this name, or is what became of it after a restore. */
export function isTrailNamed(origin: string, name: string): boolean {
  return (
    origin === name ||
    (origin.startsWith(`${name}/`) && /^[1-9]\d{0,15}$/.test(origin.slice(name.length + 1)))
  )
}

/** Signs a checkpoint (C2SP tlog-checkpoint). @throws as {@link signNote} */
export function signCheckpoint({ origin, size, root }: Checkpoint, signer: Signer): Promise<string> {
  return signNote(`${origin}\n${size}\n${encodeBase64(root)}\n`, origin, signer)
}

/**
 * Reads a signed checkpoint. Lines beyond the third, which others may add, are passed over. Never throws.
 *
 * @param signer Whose signature it must have; its name is the origin that the checkpoint must have.
 * @returns `undefined` when it is none, of another trail, or not signed by this key.
 */
export async function openCheckpoint(note: string, signer: NoteKey): Promise<Checkpoint | undefined> {
  const text = await openNote(note, signer)
  const checkpoint = text === undefined ? undefined : parseCheckpoint(text)
  return checkpoint?.origin === signer.name ? checkpoint : undefined
}

/** Reads the text of a checkpoint, without asking who signed it. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', count = '', encoded = '', ...others] = text.split('\n')
  const size = /^(?:0|[1-9]\d{0,15})$/.test(count) ? Number(count) : Number.NaN
  const root = decodeBase64(encoded)
  if (origin === '' || others.length === 0 || !Number.isSafeInteger(size)) return undefined
  return root?.length === MERKLE_HASH_BYTES ? { origin, size, root } : undefined
}
