import { sha256, verifySignature } from '#crypto'
import { decodeBase64, encodeBase64 } from '../../core/base64.ts'
import { concatBytes, encodeUtf8, equalBytes } from '../../core/bytes.ts'
import type { PublicKey } from '../../core/crypto/port.ts'
import { publicKeyFromRaw } from '../../core/crypto/public-key.ts'

/** Longest note that is read, in characters: a few lines and the signatures of some witnesses. */
export const MAX_NOTE_CHARS = 16_384

/** Most signature lines that are looked at. */
const MAX_SIGNATURES = 32

/** Ed25519 (C2SP signed-note), the only type of signature that is made and read here. */
const ED25519 = Uint8Array.of(0x01)
const KEY_ID_BYTES = 4

/** Who signs a note: a name, which stands in the signature line, and an Ed25519 key. */
export interface NoteKey {
  /** Without spaces and plus signs. */
  readonly name: string
  readonly key: PublicKey
}

/** The first four bytes of the digest over name and key, by which a signature line says whose it is. */
function noteKeyId({ name, key }: NoteKey): Uint8Array {
  return sha256(concatBytes(encodeUtf8(`${name}\n`), ED25519, key.raw)).slice(0, KEY_ID_BYTES)
}

/** The key in the form that tools of transparency logs take: `name+hash+key`. */
export function encodeVerifierKey(signer: NoteKey): string {
  const id = Array.from(noteKeyId(signer), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${signer.name}+${id}+${encodeBase64(concatBytes(ED25519, signer.key.raw))}`
}

/** Reads `name+hash+key`; `undefined` when it is none, or no Ed25519 key. */
export function parseVerifierKey(text: string): NoteKey | undefined {
  const [, name = '', , encoded = ''] = /^([^\s+]{1,256})\+([0-9a-f]{8})\+(.+)$/u.exec(text) ?? []
  const bytes = decodeBase64(encoded)
  if (bytes === undefined || bytes[0] !== ED25519[0]) return undefined
  const key = publicKeyFromRaw('Ed25519', bytes.slice(1))
  if (key === undefined) return undefined
  return encodeVerifierKey({ name, key }) === text ? { name, key } : undefined
}

/** One line of signature: who, by name and id of the key, and the 64 bytes. */
export function formatSignatureLine(signer: NoteKey, signature: Uint8Array): string {
  return `— ${signer.name} ${encodeBase64(concatBytes(noteKeyId(signer), signature))}\n`
}

/**
 * Opens a signed note (C2SP signed-note): its text, if one of the signatures is this signer's. Signatures of others, as of
 * witnesses, are passed over. Never throws.
 *
 * @returns The text with its last line feed, or `undefined` when it is no note, or not signed by this key.
 */
export async function openNote(note: string, signer: NoteKey): Promise<string | undefined> {
  const parts = splitNote(note)
  if (parts === undefined || signer.key.type !== 'Ed25519') return undefined
  const id = noteKeyId(signer)
  const prefix = `— ${signer.name} `
  for (const line of parts.signatures) {
    const bytes = line.startsWith(prefix) ? decodeBase64(line.slice(prefix.length)) : undefined
    if (bytes === undefined || !equalBytes(bytes.slice(0, KEY_ID_BYTES), id)) continue
    return (await verifySignature(signer.key, parts.text, bytes.slice(KEY_ID_BYTES))) ? parts.text : undefined
  }
  return undefined
}

interface NoteParts {
  readonly text: string
  readonly signatures: readonly string[]
}

/** The text ends before the last empty line; everything after it is signatures. */
function splitNote(note: string): NoteParts | undefined {
  const end = note.lastIndexOf('\n\n')
  const isNote = note.length <= MAX_NOTE_CHARS && note.isWellFormed() && note.endsWith('\n') && end > 0
  if (!isNote || hasControl(note)) return undefined
  const signatures = note.slice(end + 2, -1).split('\n')
  const areLines = signatures.length <= MAX_SIGNATURES && signatures.every((line) => line.startsWith('— '))
  return areLines ? { text: note.slice(0, end + 1), signatures } : undefined
}

/** Nothing below a space may stand in a note but the line feed. */
function hasControl(note: string): boolean {
  for (let i = 0; i < note.length; i++) {
    const code = note.charCodeAt(i)
    if (code < 0x20 && code !== 0x0a) return true
  }
  return false
}
