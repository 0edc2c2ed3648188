import type { PublicKey } from '../../src/core/crypto/port.ts'
import { publicKeyFromRaw } from '../../src/core/crypto/public-key.ts'
import { decompressP256Point } from '../../src/core/p256-point.ts'
import { fromHex } from '../helpers/vectors.ts'

/** RFC 8037 appendix A. */
export const ED25519: PublicKey = key(
  publicKeyFromRaw('Ed25519', fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')),
)

/** The base point of P-256: the key of the private key 1. */
export const P256: PublicKey = key(
  publicKeyFromRaw(
    'P-256',
    decompressP256Point(fromHex('036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296')) ??
      new Uint8Array(),
  ),
)

function key(made: PublicKey | undefined): PublicKey {
  if (made === undefined) throw new Error('not a key')
  return made
}
