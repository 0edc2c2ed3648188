import { describe, expect, it } from 'vitest'
import { merkleRoot } from '../../src/status/merkle.ts'
import { LEAVES } from '../helpers/merkle-leaves.ts'
import { readJsonVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

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
  it('has the roots that the good proofs of consistency and inclusion are about', (ctx) => {
    const read = (path: string) =>
      readJsonVectors<Published>(ctx, `rfc6962-merkle/testdata/${path}/happy-path.json`)
    const consistency = ['1', '2', '3', '4'].map((name) => read(`consistency/${name}`))
    const inclusion = ['0', '1', '2', '3', '4'].map((name) => read(`inclusion/${name}`))
    const roots = [
      ...consistency.flatMap(({ size1, root1, size2, root2 }) => [
        { size: size1, root: root1 },
        { size: size2, root: root2 },
      ]),
      ...inclusion.map(({ treeSize, root }) => ({ size: treeSize, root })),
    ]

    expect(roots).toHaveLength(SOURCES.rfc6962.cases.roots)
    for (const { size, root } of roots) expect(rootOf(size)).toBe(root)
  })
})
