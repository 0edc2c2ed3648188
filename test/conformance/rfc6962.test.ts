import { describe, expect, it } from 'vitest'
import { merkleRoot } from '../../src/status/merkle.ts'
import { readJsonVectors } from '../helpers/vectors.ts'

/** The leaves that the Certificate Transparency projects test their trees with. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')))

function rootOf(size: number): string {
  return Buffer.from(merkleRoot(LEAVES.slice(0, size))).toString('base64')
}

interface Published {
  readonly size1: number
  readonly root1: string
  readonly size2: number
  readonly root2: string
  readonly treeSize: number
  readonly root: string
}

describe('Merkle trees and the test data of transparency.dev', () => {
  it('has both roots of every consistency proof that is good', (ctx) => {
    const proofs = ['1', '2', '3', '4'].map((name) =>
      readJsonVectors<Published>(ctx, `rfc6962-merkle/testdata/consistency/${name}/happy-path.json`),
    )

    for (const { size1, root1, size2, root2 } of proofs) {
      expect([rootOf(size1), rootOf(size2)]).toEqual([root1, root2])
    }
  })

  it('has the root of every inclusion proof that is good', (ctx) => {
    const proofs = ['0', '1', '2', '3', '4'].map((name) =>
      readJsonVectors<Published>(ctx, `rfc6962-merkle/testdata/inclusion/${name}/happy-path.json`),
    )

    for (const { treeSize, root } of proofs) expect(rootOf(treeSize)).toBe(root)
  })
})
