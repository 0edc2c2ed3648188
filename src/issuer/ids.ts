import { encodeBase64url } from '../core/base64url.ts'
import type { Random } from '../core/clock.ts'
import type { Id } from './ports.ts'

/** 128 bits: nobody guesses or repeats an id. */
const ID_BYTES = 16

/** A random (version 4) UUID of RFC 9562, lower case. */
export function createUuid(random: Random): string {
  const bytes = random(ID_BYTES)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Id of a credential or of an accountable human: `urn:uuid:…`. */
export function createUrn(random: Random): string {
  return `urn:uuid:${createUuid(random)}`
}

/** Opaque id with a prefix that tells its kind: `own_…`, `agt_…`. */
export function createId(prefix: 'own' | 'agt', random: Random): Id {
  return `${prefix}_${encodeBase64url(random(ID_BYTES))}`
}
