import { describe, expect, it } from 'vitest'
import { idsInTitles, provenRows } from '../helpers/titles.ts'

const COUNTS = { L: 9, I: 15, E: 9, P: 13, A: 7, T: 2, D: 6, S: 5 }

const rows = provenRows('docs/requirements.md')

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
    expect(proof.filter((file) => !idsInTitles(file).has(id))).toEqual([])
  })
})
