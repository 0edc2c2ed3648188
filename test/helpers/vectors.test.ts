import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest'
import { readVectors } from './vectors.ts'

class Skipped extends Error {}

/** A test context that only records how the test was skipped. */
function contextOf(notes: string[]): TestContext {
  const skip = (note: string) => {
    notes.push(note)
    throw new Skipped()
  }
  return { task: { meta: {} }, skip } as unknown as TestContext
}

describe('readVectors', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('skips where there are no vectors, even when everything else is demanded', () => {
    vi.stubEnv('PROCURA_VECTORS', '/nonexistent')
    vi.stubEnv('PROCURA_REQUIRE_ALL', '1')
    const notes: string[] = []

    expect(() => readVectors(contextOf(notes), 'x')).toThrow(Skipped)
    expect(notes).toEqual(['skipped: vectors not available'])
  })

  it('fails when the vectors are there and the file is not', () => {
    vi.stubEnv('PROCURA_VECTORS', 'test')

    expect(() => readVectors(contextOf([]), 'none.json')).toThrow('ENOENT')
  })

  it('reads a file below the folder', () => {
    vi.stubEnv('PROCURA_VECTORS', 'test')

    expect(readVectors(contextOf([]), 'helpers/vectors.ts')).toContain('readVectors')
  })
})
