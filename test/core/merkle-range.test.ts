import { expect, it } from 'vitest'
import { merkleLeafHash, merkleRoot } from '../../src/core/merkle.ts'
import { MerkleRange } from '../../src/core/merkle-range.ts'
import { leavesOf } from '../helpers/merkle-proofs.ts'

it('has the root of RFC 6962 after every leaf', () => {
  const leaves = leavesOf(140)
  const range = new MerkleRange()

  expect(range.root()).toEqual(merkleRoot([]))
  for (const [i, leaf] of leaves.entries()) {
    range.add(merkleLeafHash(leaf))
    expect(range.root()).toEqual(merkleRoot(leaves.slice(0, i + 1)))
  }
  expect(range.size).toBe(140)
})
