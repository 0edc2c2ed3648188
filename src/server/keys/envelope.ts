import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { encodeBase64url } from '../../core/base64url.ts'
import { encodeUtf8 } from '../../core/bytes.ts'
import type { Random } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import type { KeyUse, WrappedKey } from '../../issuer/records.ts'

/** AES-256 (FIPS 197): the key-encryption key and every data-encryption key, in bytes. */
export const SYMMETRIC_KEY_BYTES = 32

/** First byte of what is wrapped: this layout, with these algorithms. */
const FORMAT = 1
/** First byte of a wrapped data-encryption key: then the name of the key that it is under, and the layout above. */
const NAMED_FORMAT = 2
const NAME_BYTES = 8
const IV_BYTES = 12
const TAG_BYTES = 16

/** With what data-encryption keys are closed, and, while that changes, with what they may still be. */
export interface KeyEncryptionKeys {
  /** 32 bytes. */
  readonly kek: Uint8Array
  readonly previousKek?: Uint8Array
}

/** What a wrapped key is bound to: moved to another tenant, id or use, it does not open. */
export type KeyBinding = Pick<WrappedKey, 'tenant' | 'id' | 'use'>

/**
 * Encrypts a key with AES-256-GCM under a fresh random 96-bit IV (NIST SP 800-38D §8.2.2).
 *
 * @returns Format byte, IV, ciphertext, 128-bit tag.
 */
export function wrapKey(
  plain: Uint8Array,
  { under, binding, random }: { under: Uint8Array; binding: KeyBinding; random: Random },
): Uint8Array {
  const iv = random(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', under, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(additionalData(binding))
  const sealed = [cipher.update(plain), cipher.final()]
  return new Uint8Array(Buffer.concat([Uint8Array.of(FORMAT), iv, ...sealed, cipher.getAuthTag()]))
}

/** The same for a data-encryption key, with the name of the key that it is under in front. */
export function wrapDataKey(
  plain: Uint8Array,
  { kek, binding, random }: { kek: Uint8Array; binding: KeyBinding; random: Random },
): Uint8Array {
  const inner = wrapKey(plain, { under: kek, binding, random })
  return new Uint8Array(Buffer.concat([Uint8Array.of(NAMED_FORMAT), nameOf(kek), inner]))
}

/**
 * How a key-encryption key is called: 64 bits that HKDF (RFC 5869) derives for this alone, which say nothing of the key and
 * tell two keys apart.
 */
export function kekNameOf(kek: Uint8Array): string {
  return encodeBase64url(nameOf(kek))
}

/** Under which key-encryption key a data-encryption key is; `undefined` for one that was wrapped before they had names. */
export function wrappedUnder({ wrapped }: Pick<WrappedKey, 'wrapped'>): string | undefined {
  return wrapped[0] === NAMED_FORMAT ? encodeBase64url(wrapped.subarray(1, 1 + NAME_BYTES)) : undefined
}

function nameOf(kek: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', kek, '', 'procura/key-encryption-key-name', NAME_BYTES))
}

/** @returns The key, or `undefined` when it was wrapped under another key, for something else, or was changed. */
export function unwrapKey(key: Omit<WrappedKey, 'createdAt'>, under: Uint8Array): Uint8Array | undefined {
  const wrapped = key.wrapped[0] === NAMED_FORMAT ? key.wrapped.subarray(1 + NAME_BYTES) : key.wrapped
  if (wrapped[0] !== FORMAT || wrapped.length <= 1 + IV_BYTES + TAG_BYTES) return undefined
  const iv = wrapped.subarray(1, 1 + IV_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', under, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(additionalData(key))
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES))
  try {
    const opened = decipher.update(wrapped.subarray(1 + IV_BYTES, -TAG_BYTES))
    const plain = new Uint8Array(opened)
    opened.fill(0)
    decipher.final()
    return plain
  } catch {
    return undefined
  }
}

/** Under whichever of the keys it is. */
export function openDataKey(
  key: Omit<WrappedKey, 'createdAt'>,
  { kek, previousKek }: KeyEncryptionKeys,
): Uint8Array | undefined {
  return unwrapKey(key, kek) ?? (previousKek && unwrapKey(key, previousKek))
}

/** The secret order of a tenant's status indexes hangs on its data-encryption key (spec 05). */
export function deriveIndexSecret(dataKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', dataKey, '', 'procura/status-index-secret', SYMMETRIC_KEY_BYTES))
}

/** What says of a backup that it was made by who has the key-encryption key. */
export function deriveBackupKey(kek: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', kek, '', 'procura/backup-manifest', SYMMETRIC_KEY_BYTES))
}

/** Unambiguous whatever the parts contain. */
function additionalData({ tenant, id, use }: { tenant: string; id: string; use: KeyUse }): Uint8Array {
  return encodeUtf8(JSON.stringify(['procura/wrapped-key', tenant, id, use]))
}

export function assertSymmetricKey(key: Uint8Array): void {
  if (key.length === SYMMETRIC_KEY_BYTES) return
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_KEY',
    `the key-encryption key must have ${SYMMETRIC_KEY_BYTES} bytes`,
  )
}
