import { describe, expect, it, type TestContext } from 'vitest'
import * as portable from '../../src/core/crypto/default.ts'
import * as node from '../../src/core/crypto/node.ts'
import type { KeyType, PublicKey } from '../../src/core/crypto/port.ts'
import { publicKeyFromRaw } from '../../src/core/crypto/public-key.ts'
import { fromHex, readJsonVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

interface Case {
  readonly tcId: number
  readonly msg: string
  readonly sig: string
  readonly result: 'valid' | 'invalid'
}

interface File {
  readonly testGroups: readonly {
    readonly publicKey: { readonly pk: string } | { readonly uncompressed: string }
    readonly tests: readonly Case[]
  }[]
}

function readCases(ctx: TestContext, name: string, type: KeyType): readonly (Case & { key: PublicKey })[] {
  const { testGroups } = readJsonVectors<File>(ctx, `wycheproof/${name}_test.json`)
  return testGroups.flatMap(({ publicKey, tests }) => {
    const key = publicKeyFromRaw(type, fromHex('pk' in publicKey ? publicKey.pk : publicKey.uncompressed))
    if (key === undefined) throw new Error('the vectors have a key that is none')
    return tests.map((test) => ({ ...test, key }))
  })
}

describe.each([
  { name: 'node', crypto: node },
  { name: 'default', crypto: portable },
])('signatures and the vectors of Wycheproof ($name)', ({ crypto }) => {
  it('judges every Ed25519 signature as it says', async (ctx) => {
    const cases = readCases(ctx, 'ed25519', 'Ed25519')

    expect(cases).toHaveLength(SOURCES.wycheproof.cases.ed25519)
    for (const { key, tcId, msg, sig, result } of cases) {
      const verified = await crypto.verifySignature(key, fromHex(msg), fromHex(sig))
      expect(verified, `tc ${tcId}`).toBe(result === 'valid')
    }
  })

  it('judges every P-256 signature r‖s as it says [SM-13]', async (ctx) => {
    const cases = readCases(ctx, 'ecdsa_secp256r1_sha256_p1363', 'P-256')

    expect(cases).toHaveLength(SOURCES.wycheproof.cases.p256)
    for (const { key, tcId, msg, sig, result } of cases) {
      const verified = await crypto.verifySignature(key, fromHex(msg), fromHex(sig))
      expect(verified, `tc ${tcId}`).toBe(result === 'valid')
    }
  })

  it('accepts no P-256 signature in DER, the valid ones included [SM-13]', async (ctx) => {
    const cases = readCases(ctx, 'ecdsa_secp256r1_sha256', 'P-256')

    expect(cases).toHaveLength(SOURCES.wycheproof.cases.p256Der)
    for (const { key, tcId, msg, sig } of cases) {
      expect(await crypto.verifySignature(key, fromHex(msg), fromHex(sig)), `tc ${tcId}`).toBe(false)
    }
  })
})
