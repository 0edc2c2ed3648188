import { describe, expect, it } from 'vitest'
import * as portable from '../../src/core/crypto/default.ts'
import * as node from '../../src/core/crypto/node.ts'
import { publicKeyFromRaw } from '../../src/core/crypto/public-key.ts'
import { fromHex, readJsonVectors, readVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

type Crypto = Pick<typeof node, 'verifySignature'>

/** What a signature over a message counts for; a key that is refused verifies nothing. */
async function judge(crypto: Crypto, key: string, message: Uint8Array, signature: string): Promise<boolean> {
  const publicKey = publicKeyFromRaw('Ed25519', fromHex(key))
  return publicKey !== undefined && (await crypto.verifySignature(publicKey, message, fromHex(signature)))
}

describe.each([
  { name: 'node', crypto: node },
  { name: 'default', crypto: portable },
])('Ed25519 and the vectors of its authors and critics ($name)', ({ crypto }) => {
  it('accepts every signature of sign.input', async (ctx) => {
    const lines = readVectors(ctx, 'rfc8032-ed25519/vectors.txt').trim().split('\n')

    expect(lines).toHaveLength(SOURCES.rfc8032.cases.signInput)
    for (const [number, line] of lines.entries()) {
      const [, key = '', message = '', signed = ''] = line.split(':')
      const verified = await judge(crypto, key, fromHex(message), signed.slice(0, 128))
      expect(verified, `line ${number}`).toBe(true)
    }
  })

  it('accepts one of the edge cases of "Taming the many EdDSAs": the one whose key and nonce have full order', async (ctx) => {
    type Case = { readonly message: string; readonly pub_key: string; readonly signature: string }
    const cases = readJsonVectors<readonly Case[]>(ctx, 'rfc8032-ed25519/edge-cases.json')
    const verdicts = cases.map(({ pub_key, message, signature }) =>
      judge(crypto, pub_key, fromHex(message), signature),
    )
    const accepted = (await Promise.all(verdicts)).flatMap((verdict, number) => (verdict ? [number] : []))

    expect(cases).toHaveLength(SOURCES.rfc8032.cases.edgeCases)
    expect(accepted).toEqual([3])
  })

  it('accepts none of the signatures by small-order keys of ZIP 215, whatever ZIP 215 says', async (ctx) => {
    type Case = { readonly vk_bytes: string; readonly sig_bytes: string }
    const cases = readJsonVectors<readonly Case[]>(ctx, 'rfc8032-ed25519/zip215.json')
    const message = new TextEncoder().encode('Zcash')
    const verdicts = cases.map(({ vk_bytes, sig_bytes }) => judge(crypto, vk_bytes, message, sig_bytes))

    expect(cases).toHaveLength(SOURCES.rfc8032.cases.zip215)
    expect(await Promise.all(verdicts)).not.toContain(true)
  })
})
