import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { problemOf } from '../../src/adapters/problem.ts'
import { CONSTRAINT_KINDS } from '../../src/model/constraints/kinds.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { quoted, rowsBelow } from '../helpers/tables.ts'

const VERIFYING = 'docs/spec/07-verifying.md'

/** Options that are no policy: they say with what a verifier works, and decide nothing. */
const SURROUNDINGS: readonly (keyof VerifierOptions)[] = [
  'pollSeconds',
  'push',
  'replay',
  'usage',
  'chains',
  'statusStore',
  'onAlarm',
  'fetch',
  'clock',
  'timer',
  'random',
]

describe('spec 07', () => {
  it('has a row for every refusal in the order of the code, with its HTTP status', () => {
    const [, ...rows] = rowsBelow(VERIFYING, '## Codes')
    const documented = rows.flatMap(([codes = '', status = '']) =>
      quoted(codes).map((code) => `${code} ${Number.parseInt(status, 10)}`),
    )
    const refusals = REFUSAL_CODES.map((code) => {
      const { status } = problemOf({ code, authenticated: false, retryable: false }, 'https://mail.example')
      return `${code} ${status}`
    })

    expect(documented).toEqual(refusals)
  })

  it('has a row for every option that decides', () => {
    const [, ...rows] = rowsBelow(VERIFYING, '## Policy')
    const documented = rows.flatMap(([options = '']) => quoted(options))
    const source = readFileSync('src/verifier/policy.ts', 'utf8')
    const options = [...source.matchAll(/^ {2}(\w+): true,$/gm)].map(([, name = '']) => name)

    expect([...documented, ...SURROUNDINGS].toSorted()).toEqual(options.toSorted())
    expect(options.length).toBeGreaterThan(10)
  })
})

const NUMERALS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

describe('the kinds of constraints', () => {
  it('have each a row in spec 03, in the order of the code', () => {
    const [, ...rows] = rowsBelow('docs/spec/03-grants.md', '## Constraints')

    expect(rows.map(([kind = '']) => quoted(kind))).toEqual(CONSTRAINT_KINDS.map((kind) => [kind]))
  })

  it('are as many as the README says and names', () => {
    const [, count, names = ''] =
      /\| (\w+) fixed kinds: ([^|]+) \|/.exec(readFileSync('README.md', 'utf8')) ?? []

    expect(count).toBe(NUMERALS[CONSTRAINT_KINDS.length])
    expect(names.split(', ')).toHaveLength(CONSTRAINT_KINDS.length)
  })
})
