import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { idsInTitles, provenRows } from '../helpers/titles.ts'

const rows = provenRows('docs/threat-model.md')
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
const named = new Set(files.flatMap((file) => [...idsInTitles(file)].filter((id) => id.includes('-'))))

/** Reading, signatures, keys, chains, presenters, status, trust, and the mistakes of others. */
const OF_VERIFYING = /^(CP|SM|DR|DC|HP|SL|SS|TP|PD)-/
/** Mistakes that only an issuer can make. */
const OF_THE_ISSUER = new Set(['PD-11', 'PD-20', 'PD-23', 'PD-24', 'PD-25'])

describe('docs/threat-model.md', () => {
  it('has every threat once', () => {
    const ids = rows.map(({ id }) => id)

    expect(ids.filter((id, position) => ids.indexOf(id) !== position)).toEqual([])
    expect(ids.length).toBeGreaterThan(100)
  })

  it.each(rows)('$id is $state, as the tests say', ({ id, state, proof }) => {
    expect(state).toMatch(/^(proven$|in part: .|not yet|does not apply: .)/)
    expect(proof.length > 0).toBe(/^(proven|in part)/.test(state))
    expect(proof.filter((file) => !idsInTitles(file).has(id))).toEqual([])
  })

  it.each(rows.filter(({ id, state }) => OF_VERIFYING.test(id) && /^(proven|in part)/.test(state)))(
    '$id, which is about verifying, is shown by the whole verifier',
    ({ id, proof }) => {
      const shown = proof.some((file) => file.startsWith('test/threats/'))

      expect(shown || OF_THE_ISSUER.has(id)).toBe(true)
    },
  )

  it('has every threat that a test names', () => {
    const ids = rows.map(({ id }) => id)

    expect([...named].filter((id) => !ids.includes(id))).toEqual([])
    expect(named.size).toBeGreaterThan(50)
  })
})

describe('the ids in titles', () => {
  it('are found alone and in company', () => {
    expect([...idsInTitles('test/status/status-memory.test.ts')]).toEqual(
      expect.arrayContaining(['SL-14', 'L4']),
    )
  })

  it('are none where there is no file', () => {
    expect(idsInTitles('test/none.test.ts').size).toBe(0)
  })
})
