import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merkleRoot } from '../../src/core/merkle.ts'
import { TiledTree } from '../../src/core/merkle-tiles.ts'
import { leavesOf, naiveConsistency, naiveInclusion, tilesOf } from '../helpers/merkle-proofs.ts'

/** More than two full tiles, so that there is a second level. */
const LEAVES = leavesOf(700)
const TILES = tilesOf(LEAVES)

/** A tree of all leaves; it can be asked about every smaller one. */
function openTree(tiles: ReadonlyMap<string, Uint8Array> = TILES): TiledTree {
  return new TiledTree(async (level, index) => tiles.get(`${level}/${index}`))
}

/** One text is compared sooner than many arrays. */
function hex(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => Buffer.from(hash).toString('hex')).join(' ')
}

const sizes = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 700 }))

describe('TiledTree', () => {
  it('has the roots and proofs of RFC 6962, for whatever size the tree had [A2]', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, any) => {
        const tree = openTree()
        const leaves = LEAVES.slice(0, size)
        const index = any % size

        expect(await tree.root(size)).toEqual(merkleRoot(leaves))
        expect(await tree.inclusion(index, size)).toEqual(naiveInclusion(index, leaves))
        expect(await tree.consistency(index + 1, size)).toEqual(naiveConsistency(index + 1, leaves))
      }),
      { numRuns: 60 },
    )
  })

  it('has every proof of small trees', async () => {
    for (let size = 1; size <= 70; size++) {
      const [tree, leaves] = [openTree(), LEAVES.slice(0, size)]
      for (let index = 0; index < size; index++) {
        expect(hex(await tree.inclusion(index, size))).toBe(hex(naiveInclusion(index, leaves)))
        expect(hex(await tree.consistency(index + 1, size))).toBe(hex(naiveConsistency(index + 1, leaves)))
      }
    }
  })

  it('reads a tile once', async () => {
    const read: string[] = []
    const tree = new TiledTree(async (level, index) => {
      read.push(`${level}/${index}`)
      return TILES.get(`${level}/${index}`)
    })

    await tree.root(700)
    await tree.inclusion(3, 700)

    expect(read.toSorted()).toEqual(['0/0', '0/2', '1/0'])
  })

  it.each(['0/0', '0/2', '1/0'])('does not answer without tile %s', async (missing) => {
    const tree = openTree(new Map([...TILES].filter(([key]) => key !== missing)))

    const answers = tree.inclusion(3, 700)

    await expect(answers).rejects.toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
  })
})
