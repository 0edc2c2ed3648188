import { generateKeyPairSync, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { concatBytes, encodeUtf8 } from '../../core/bytes.ts'
import type { Random } from '../../core/clock.ts'
import type { TlsIdentity } from '../http/http-server.ts'

/** How long a certificate is good, in milliseconds: as long as a run of test suites may take. */
const VALIDITY_MS = 30 * 86_400_000

/** Tags of DER (X.690 §8). */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  dnsName: 0x82,
  ipAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
} as const

/** Object identifiers, encoded: ecdsa-with-SHA256, commonName, subjectAltName. */
const ECDSA_WITH_SHA256 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)
const COMMON_NAME = Uint8Array.of(0x55, 0x04, 0x03)
const SUBJECT_ALT_NAME = Uint8Array.of(0x55, 0x1d, 0x11)

/**
 * Makes a key and a certificate that it signs itself (RFC 5280 §4.1), for tests that insist on TLS. Nobody trusts it
 * unless told to.
 *
 * @param hosts Names and addresses that it is for; at least one.
 */
export function createSelfSignedCertificate(
  hosts: readonly string[],
  now: number,
  random: Random,
): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(TAG.sequence, der(TAG.objectId, ECDSA_WITH_SHA256))
  const name = nameOf(hosts[0] ?? 'localhost')
  const signed = der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, Uint8Array.of(2))),
    der(TAG.integer, concatBytes(Uint8Array.of(0x40), random(15))),
    algorithm,
    name,
    der(TAG.sequence, utcTime(now - 60_000), utcTime(now + VALIDITY_MS)),
    name,
    new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
    der(TAG.extensions, der(TAG.sequence, alternativeNames(hosts))),
  )
  const signature = new Uint8Array(sign('sha256', signed, privateKey))
  const certificate = der(TAG.sequence, signed, algorithm, der(TAG.bitString, Uint8Array.of(0), signature))
  return {
    certificate: pem('CERTIFICATE', certificate),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function nameOf(host: string): Uint8Array {
  const attribute = der(TAG.sequence, der(TAG.objectId, COMMON_NAME), der(TAG.utf8String, encodeUtf8(host)))
  return der(TAG.sequence, der(TAG.set, attribute))
}

/** RFC 5280 §4.2.1.6. */
function alternativeNames(hosts: readonly string[]): Uint8Array {
  const names = hosts.map((host) => {
    return isIP(host) === 0 ? der(TAG.dnsName, encodeUtf8(host)) : der(TAG.ipAddress, addressBytes(host))
  })
  return der(
    TAG.sequence,
    der(TAG.objectId, SUBJECT_ALT_NAME),
    der(TAG.octetString, der(TAG.sequence, ...names)),
  )
}

function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number))
  // URL writes the shortest form; what `::` stands for is as many zeros as are missing.
  const [head = '', tail = ''] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => '0')
  const words = [...groups(head), ...zeros, ...groups(tail)].map((group) => Number.parseInt(group, 16))
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]))
}

/** `YYMMDDhhmmssZ`, good until 2049. */
function utcTime(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)
  return der(TAG.utcTime, encodeUtf8(`${digits}Z`))
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag, ...lengthOctets(content.length)), content)
}

/** X.690 §8.1.3; a certificate has less than 64 KiB. */
function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
