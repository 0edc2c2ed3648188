import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Row {
  readonly id: string
  readonly state: string
  readonly proof: readonly string[]
}

const COUNTS = { L: 9, I: 15, E: 9, P: 13, A: 7, T: 2, D: 6, S: 5 }

const rows: readonly Row[] = readFileSync('docs/requirements.md', 'utf8')
  .split('\n')
  .map((line) => /^\| ([A-Z]\d+) \| [^|]+ \| ([^|]+) \| ([^|]*)\|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, id = '', state = '', proof = '']) => ({
    id,
    state: state.trim(),
    proof: proof.split(' ').filter(Boolean),
  }))

/** Whether a test title in the file names the row, as in `[L4]` or `[L1, I13]`. */
function names(file: string, id: string): boolean {
  const brackets = readFileSync(file, 'utf8').match(/\[[A-Z]{1,2}-?\d[^\]\n]*\]/g) ?? []
  return brackets.some((bracket) => bracket.slice(1, -1).split(/, ?/).includes(id))
}

describe('docs/requirements.md', () => {
  it('has every requirement once', () => {
    const ids = Object.entries(COUNTS).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
    )

    expect(rows.map(({ id }) => id)).toEqual(ids)
  })

  it.each(rows)('$id is $state, as the tests say', ({ id, state, proof }) => {
    expect(state).toMatch(/^(proven|not yet|in part: .+)$/)
    expect(proof.length > 0).toBe(state !== 'not yet')
    for (const file of proof) {
      expect(existsSync(file) ? file : `${file} is missing`).toBe(file)
      expect(names(file, id) ? id : `${file} does not name ${id}`).toBe(id)
    }
  })
})
