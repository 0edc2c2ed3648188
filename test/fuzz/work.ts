import type { PublicKey } from '../../src/core/crypto/port.ts'

/** What is dear, counted. */
export const work = { signatures: 0, hashedBytes: 0 }

interface Crypto {
  sha256(bytes: Uint8Array): Uint8Array
  sha256Base64url(text: string): string
  verifySignature(key: PublicKey, data: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
}

/** The same functions, counting in {@link work}. */
export function counted(crypto: Crypto): Crypto {
  return {
    sha256: (bytes) => {
      work.hashedBytes += bytes.length
      return crypto.sha256(bytes)
    },
    sha256Base64url: (text) => {
      work.hashedBytes += text.length
      return crypto.sha256Base64url(text)
    },
    verifySignature: (...args) => {
      work.signatures += 1
      return crypto.verifySignature(...args)
    },
  }
}
