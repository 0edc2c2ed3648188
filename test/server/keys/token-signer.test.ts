import { describe, expect, it } from 'vitest'
import type { TokenKey } from '../../../src/server/keys/pkcs11/open-token.ts'
import { tokenSigner } from '../../../src/server/keys/token-signer.ts'
import { newSigner } from '../../helpers/issuer-service.ts'

/** A token whose sessions are counted. */
async function openToken() {
  const key = await newSigner()
  const sessions = { opened: 0, closed: 0, failing: false }
  const open = async (): Promise<TokenKey> => {
    sessions.opened += 1
    return {
      publicKey: key.publicKey,
      sign: (bytes) => (sessions.failing ? Promise.reject(new Error('gone')) : key.sign(bytes)),
      close: async () => {
        sessions.closed += 1
      },
    }
  }
  return { sessions, signer: tokenSigner({ keyId: key.keyId, publicKey: key.publicKey }, open) }
}

const BYTES = Uint8Array.of(1, 2, 3)

describe('the session of a key in a token', () => {
  it('is one for all signatures, and given back when the key is forgotten', async () => {
    const { signer, sessions } = await openToken()
    await Promise.all([signer.sign(BYTES), signer.sign(BYTES)])
    expect(sessions).toMatchObject({ opened: 1, closed: 0 })

    signer.close?.()
    await Promise.resolve()

    expect(sessions).toMatchObject({ opened: 1, closed: 1 })
  })

  it('is given back by whoever signs with a signer from before', async () => {
    const { signer, sessions } = await openToken()
    signer.close?.()

    expect(await signer.sign(BYTES)).toHaveLength(64)
    await Promise.resolve()

    expect(sessions).toMatchObject({ opened: 1, closed: 1 })
  })

  it('is opened anew after a failure', async () => {
    const { signer, sessions } = await openToken()
    sessions.failing = true
    await expect(signer.sign(BYTES)).rejects.toThrow('gone')
    sessions.failing = false

    expect(await signer.sign(BYTES)).toHaveLength(64)
    expect(sessions).toMatchObject({ opened: 2, closed: 1 })
  })
})
