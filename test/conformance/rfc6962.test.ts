import { describe, expect, it, type TestContext } from 'vitest'
import { verifyConsistency, verifyInclusion } from '../../src/core/merkle-proof.ts'
import { listVectorFiles, readJsonVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

const FOLDER = 'rfc6962-merkle'

interface Inclusion {
  readonly leafIdx: number
  readonly treeSize: number
  readonly root: string
  readonly leafHash: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

interface Consistency {
  readonly size1: number
  readonly size2: number
  readonly root1: string
  readonly root2: string
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

function vectorsOf<T>(ctx: TestContext, kind: string): readonly (readonly [file: string, vector: T])[] {
  const files = listVectorFiles(ctx, FOLDER).filter((file) => file.startsWith(`testdata/${kind}/`))
  return files.map((file) => [file, readJsonVectors<T>(ctx, `${FOLDER}/${file}`)])
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

function hashes(proof: readonly string[] | null): readonly Uint8Array[] {
  return (proof ?? []).map(bytes)
}

describe('Merkle proofs and the test data of transparency.dev', () => {
  it('agree on which leaf is in which tree [AL-06]', (ctx) => {
    const vectors = vectorsOf<Inclusion>(ctx, 'inclusion')

    expect(vectors).toHaveLength(SOURCES.rfc6962.cases.inclusion)
    for (const [file, { leafIdx, treeSize, root, leafHash, proof, wantErr }] of vectors) {
      const head = { size: treeSize, root: bytes(root) }
      expect(verifyInclusion(bytes(leafHash), leafIdx, hashes(proof), head), file).toBe(!wantErr)
    }
  })

  it('agree on which tree goes on from which [AL-02] [AL-06]', (ctx) => {
    const vectors = vectorsOf<Consistency>(ctx, 'consistency')

    expect(vectors).toHaveLength(SOURCES.rfc6962.cases.consistency)
    for (const [file, { size1, size2, root1, root2, proof, wantErr }] of vectors) {
      const [older, newer] = [
        { size: size1, root: bytes(root1) },
        { size: size2, root: bytes(root2) },
      ]
      expect(verifyConsistency(older, newer, hashes(proof)), file).toBe(!wantErr)
    }
  })
})
