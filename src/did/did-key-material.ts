import { isCompressedBlsG2Point, isCompressedPoint } from '../core/compressed-point.ts'
import { publicKeyFromRaw } from '../core/crypto/public-key.ts'
import { decodeMultibaseBase58 } from '../core/multibase.ts'
import { decompressP256Point } from '../core/p256-point.ts'

/** What can be wrong with the key of a `did:key`, in the words of the did:key method (§ Read). */
export type KeyMaterialError =
  | 'invalidDid'
  | 'invalidPublicKey'
  | 'invalidPublicKeyLength'
  | 'invalidPublicKeyType'
  | 'unsupportedPublicKeyType'

/** A key that a `did:key` may be, whether or not Procura verifies with it. */
export interface KeyMaterial {
  readonly name: 'Ed25519' | 'X25519' | 'P-256' | 'P-384' | 'P-521' | 'secp256k1' | 'BLS12-381'
  /** `agree` for a key that can only agree on secrets (X25519), else `sign`. */
  readonly use: 'sign' | 'agree'
}

interface KeyForm extends KeyMaterial {
  /** Multicodec code as an unsigned varint of two bytes, first byte first. */
  readonly prefix: readonly [number, number]
  /** Of the raw key; points of curves are compressed. */
  readonly bytes: number
  isKey(raw: Uint8Array): boolean
}

/**
 * Every key type that is resolved; of BLS12-381 that of G2. RSA and the post-quantum types are not: nothing here could
 * tell a key of those from noise.
 */
const FORMS: readonly KeyForm[] = [
  {
    name: 'Ed25519',
    use: 'sign',
    prefix: [0xed, 0x01],
    bytes: 32,
    isKey: (raw) => publicKeyFromRaw('Ed25519', raw) !== undefined,
  },
  { name: 'X25519', use: 'agree', prefix: [0xec, 0x01], bytes: 32, isKey: () => true },
  {
    name: 'P-256',
    use: 'sign',
    prefix: [0x80, 0x24],
    bytes: 33,
    isKey: (raw) => decompressP256Point(raw) !== undefined,
  },
  {
    name: 'P-384',
    use: 'sign',
    prefix: [0x81, 0x24],
    bytes: 49,
    isKey: (raw) => isCompressedPoint('P-384', raw),
  },
  {
    name: 'P-521',
    use: 'sign',
    prefix: [0x82, 0x24],
    bytes: 67,
    isKey: (raw) => isCompressedPoint('P-521', raw),
  },
  {
    name: 'secp256k1',
    use: 'sign',
    prefix: [0xe7, 0x01],
    bytes: 33,
    isKey: (raw) => isCompressedPoint('secp256k1', raw),
  },
  { name: 'BLS12-381', use: 'sign', prefix: [0xeb, 0x01], bytes: 96, isKey: isCompressedBlsG2Point },
]

/** Second byte of the varints 0x1300 to 0x137f, which the multicodec table gives to private keys. */
const PRIVATE_KEYS = 0x26

/**
 * Reads the method-specific id of a `did:key`: multibase base58btc of multicodec and public key.
 *
 * @returns The key type, or what is wrong with the key.
 */
export function readKeyMaterial(text: string): KeyMaterial | KeyMaterialError {
  const bytes = decodeMultibaseBase58(text)
  if (bytes === undefined || bytes.length < 2) return 'invalidDid'
  const form = FORMS.find(({ prefix }) => bytes[0] === prefix[0] && bytes[1] === prefix[1])
  if (form === undefined) {
    return bytes[1] === PRIVATE_KEYS ? 'invalidPublicKeyType' : 'unsupportedPublicKeyType'
  }
  const raw = bytes.subarray(2)
  if (raw.length !== form.bytes) return 'invalidPublicKeyLength'
  return form.isKey(raw) ? { name: form.name, use: form.use } : 'invalidPublicKey'
}
