import type { Signer } from '../../model/signer.ts'
import { algorithmOf } from '../../securing/key-type.ts'
import type { TokenKey } from './pkcs11/open-token.ts'

/** A signer that holds something which has to be given back. */
export interface HeldSigner extends Signer {
  /** Gives it back, once what was begun is signed. */
  close?(): void
}

/**
 * Signs with a key in a token. The token is asked when something is to be signed, and only once for its key; after a failure it
 * is opened anew. After `close` the session is given back, also by a caller that had the signer before.
 */
export function tokenSigner(
  named: Pick<Signer, 'keyId' | 'publicKey'>,
  open: () => Promise<TokenKey>,
): HeldSigner {
  let opened: Promise<TokenKey> | undefined
  let isClosed = false
  const drop = (token: Promise<TokenKey> | undefined) => {
    // Another call may have opened it anew meanwhile.
    if (opened === token) opened = undefined
    void token?.then((key) => key.close()).catch(() => undefined)
  }
  return {
    ...named,
    algorithm: algorithmOf(named.publicKey.type),
    async sign(bytes) {
      opened ??= open()
      const mine = opened
      try {
        const signature = await (await mine).sign(bytes)
        if (isClosed) drop(mine)
        return signature
      } catch (error) {
        drop(mine)
        throw error
      }
    },
    close() {
      isClosed = true
      drop(opened)
    },
  }
}
