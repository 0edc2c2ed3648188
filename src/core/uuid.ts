import type { Random } from './clock.ts'

/** A random (version 4) UUID of RFC 9562, lower case, with 122 random bits. */
export function createUuid(random: Random): string {
  const bytes = random(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** A random UUID as a URN: `urn:uuid:…`. */
export function createUuidUrn(random: Random): string {
  return `urn:uuid:${createUuid(random)}`
}
