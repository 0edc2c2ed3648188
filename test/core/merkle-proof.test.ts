import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merkleLeafHash, merkleRoot } from '../../src/core/merkle.ts'
import { splitPoint, type TreeHead, verifyConsistency, verifyInclusion } from '../../src/core/merkle-proof.ts'
import { leavesOf, naiveConsistency, naiveInclusion } from '../helpers/merkle-proofs.ts'

/** Every size up to this one is tried. */
const SIZES = 70

const LEAVES = leavesOf(SIZES)
const HEADS = Array.from({ length: SIZES + 1 }, (_, size) => ({
  size,
  root: merkleRoot(LEAVES.slice(0, size)),
}))

function head(size: number): TreeHead {
  const found = HEADS[size]
  if (found === undefined) throw new Error('too large')
  return found
}

function leaf(index: number): Uint8Array {
  return merkleLeafHash(LEAVES[index] ?? new Uint8Array())
}

function inclusion(index: number, size: number): readonly Uint8Array[] {
  return naiveInclusion(index, LEAVES.slice(0, size))
}

function consistency(from: number, size: number): readonly Uint8Array[] {
  return naiveConsistency(from, LEAVES.slice(0, size))
}

/** Index and size of any leaf of any tree with at least two. */
const place = fc
  .integer({ min: 2, max: SIZES })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }))

/** What is wrong with a proof: a hash less, one more, two changed places, a bit. `undefined` when nothing can be. */
const spoiled = fc.constantFrom<(proof: readonly Uint8Array[]) => readonly Uint8Array[]>(
  (proof) => proof.slice(1),
  (proof) => proof.slice(0, -1),
  (proof) => [...proof, new Uint8Array(32)],
  (proof) => [...proof, ...proof.slice(-1)],
  (proof) => [new Uint8Array(32), ...proof],
  (proof) =>
    proof.length > 1 ? [proof[1], proof[0], ...proof.slice(2)].map((hash) => hash ?? new Uint8Array()) : [],
  (proof) => proof.map((hash, i) => (i === 0 ? hash.map((byte, at) => (at === 7 ? byte ^ 4 : byte)) : hash)),
  (proof) => proof.map((hash, i) => (i === 0 ? hash.slice(1) : hash)),
)

describe('verifyInclusion', () => {
  it('accepts every leaf of every tree at its own place, and at no other [A2]', () => {
    for (let size = 1; size <= SIZES; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusion(index, size)

        expect(verifyInclusion(leaf(index), index, proof, head(size))).toBe(true)
        for (const other of [index - 1, index + 1, index ^ 2, size]) {
          expect(verifyInclusion(leaf(index), other, proof, head(size))).toBe(false)
        }
      }
    }
  })

  it('refuses a proof that was spoiled, and another leaf [AL-06]', () => {
    fc.assert(
      fc.property(place, spoiled, fc.nat(SIZES - 1), ({ index, size }, spoil, other) => {
        const proof = inclusion(index, size)

        expect(verifyInclusion(leaf(index), index, spoil(proof), head(size))).toBe(false)
        expect(verifyInclusion(leaf(other), index, proof, head(size))).toBe(other === index)
      }),
    )
  })

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53, 2 ** 63, Number.POSITIVE_INFINITY])(
    'refuses a tree of %d leaves [AL-06]',
    (size) => {
      const proof = inclusion(3, 5)

      expect(verifyInclusion(leaf(3), 3, proof, { ...head(5), size })).toBe(false)
      expect(verifyInclusion(leaf(3), size, proof, head(5))).toBe(false)
      expect(verifyInclusion(leaf(3), 3, proof, head(5))).toBe(true)
    },
  )

  it('looks at no proof that is longer than any can be [AL-06]', () => {
    const proof = Array.from({ length: 100_000 }, () => new Uint8Array(32))

    expect(
      verifyInclusion(leaf(0), 0, proof, { size: Number.MAX_SAFE_INTEGER, root: new Uint8Array(32) }),
    ).toBe(false)
  })
})

describe('verifyConsistency', () => {
  it('accepts every tree as a beginning of every larger one [A2]', () => {
    for (let size = 1; size <= SIZES; size++) {
      for (let from = 1; from <= size; from++) {
        expect(verifyConsistency(head(from), head(size), consistency(from, size))).toBe(true)
      }
    }
  })

  it('refuses a proof that was spoiled, and another history [AL-02] [AL-06]', () => {
    fc.assert(
      fc.property(place, spoiled, ({ index, size }, spoil) => {
        const [from, proof] = [Math.max(1, index), consistency(Math.max(1, index), size)]
        const rewritten = LEAVES.slice(0, from).with(0, Uint8Array.of(9, 9, 9))

        expect(verifyConsistency(head(from), head(size), spoil(proof))).toBe(false)
        expect(verifyConsistency({ size: from, root: merkleRoot(rewritten) }, head(size), proof)).toBe(false)
        expect(verifyConsistency(head(size), head(from), proof)).toBe(from === size)
      }),
    )
  })

  it('says nothing of an empty older tree, and takes no size beyond what a number holds [AL-06]', () => {
    expect(verifyConsistency(head(0), head(5), [])).toBe(false)
    expect(verifyConsistency(head(0), head(0), [])).toBe(false)
    for (const size of [2 ** 53, 2 ** 63, Number.NaN, 4.5]) {
      expect(verifyConsistency(head(3), { ...head(5), size }, consistency(3, 5))).toBe(false)
      expect(verifyConsistency({ ...head(3), size }, head(5), consistency(3, 5))).toBe(false)
    }
  })

  it('asks for an empty proof between trees of one size', () => {
    expect(verifyConsistency(head(7), head(7), [])).toBe(true)
    expect(verifyConsistency(head(7), head(7), [leaf(1)])).toBe(false)
    expect(verifyConsistency(head(7), { ...head(7), root: head(6).root }, [])).toBe(false)
  })
})

describe('splitPoint', () => {
  it.each([
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 4],
    [2 ** 40 + 1, 2 ** 40],
    [Number.MAX_SAFE_INTEGER, 2 ** 52],
  ])('splits %i leaves at %i', (size, half) => {
    expect(splitPoint(size)).toBe(half)
  })
})
