import { describe, expect, it } from 'vitest'
import { CONSTRAINT_KINDS } from '../../src/model/constraints/kinds.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import * as status from '../../src/status/index.ts'
import * as verifier from '../../src/verifier/index.ts'
import { evaluate } from './evaluate.ts'
import { differencesOf, type Expected, questionOf } from './format.ts'
import { readVectors } from './read-vectors.ts'

const files = readVectors()
const cases = files.flatMap((file) => file.cases)
const api = { verifier, status }

describe.each(files)('vectors of $theme', (file) => {
  it.each(file.cases)('$id: $title', async (vector) => {
    const answer = await evaluate(api, questionOf(file, vector))

    expect(differencesOf(vector, answer)).toEqual([])
  })
})

/** Nothing that can be put into bytes leads to these: a store has to fail, or an approval to be asked for. */
const OF_THE_WORLD = ['replay_unavailable', 'usage_unavailable', 'approval_required']

describe('the published vectors', () => {
  const outcomes = cases.flatMap(({ steps }) => steps.map(({ expected }) => expected))
  const last = ({ steps }: (typeof cases)[number]): Expected | undefined => steps.at(-1)?.expected

  it('have names of their own, and are many', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThan(800)
  })

  it('have a control that is accepted for each that ends in a refusal', () => {
    const accepted = new Set(cases.filter((vector) => last(vector)?.verified === true).map(({ id }) => id))
    const refused = cases.filter((vector) => last(vector)?.verified === false)

    expect(
      refused.filter(({ control }) => control === undefined || !accepted.has(control)).map(({ id }) => id),
    ).toEqual([])
    expect(refused.length).toBeGreaterThan(600)
  })

  it('show every code to which bytes alone can lead', () => {
    const shown = new Set(outcomes.map((expected) => ('code' in expected ? expected.code : undefined)))

    expect(REFUSAL_CODES.filter((code) => !shown.has(code) && !OF_THE_WORLD.includes(code))).toEqual([])
  })

  it('have a refusal by every kind of constraint', () => {
    const refused = new Set(
      outcomes.map((expected) => ('dimension' in expected ? expected.dimension : undefined)),
    )

    expect(CONSTRAINT_KINDS.filter((kind) => !refused.has(kind))).toEqual([])
  })

  it('stand in README.md, each in a line', async () => {
    const { readFileSync } = await import('node:fs')
    const readme = readFileSync('test/vectors/README.md', 'utf8')

    expect(cases.filter(({ id }) => !readme.includes(`| ${id.slice(id.indexOf('/') + 1)} |`))).toEqual([])
  })
})

describe('comparing an answer', () => {
  const vector = {
    id: 'a/b',
    title: '',
    steps: [
      { do: 'sync' as const, expected: { verified: true as const, lists: 2 } },
      {
        do: 'sync' as const,
        expected: { verified: false as const, code: 'revoked', link: 0, inherited: true as const },
      },
    ],
  }
  const good = { verified: true, lists: 2, asOf: 'x' }
  const bad = { verified: false, code: 'revoked', link: 0, inherited: true, dimension: 'x' }

  it('accepts one that says more, and takes no offence at a dimension that the vector does not name', () => {
    expect(differencesOf(vector, { id: 'a/b', outcomes: [good, bad] })).toEqual([])
  })

  it.each([
    ['another id', { id: 'a/c', outcomes: [good, bad] }],
    ['too few outcomes', { id: 'a/b', outcomes: [good] }],
    ['no outcomes', { id: 'a/b' }],
    ['an acceptance that says less', { id: 'a/b', outcomes: [{ verified: true }, bad] }],
    ['an acceptance with another value', { id: 'a/b', outcomes: [{ ...good, lists: 3 }, bad] }],
    ['a refusal for an acceptance', { id: 'a/b', outcomes: [bad, bad] }],
    ['an acceptance for a refusal', { id: 'a/b', outcomes: [good, good] }],
    ['another code', { id: 'a/b', outcomes: [good, { ...bad, code: 'suspended' }] }],
    ['another link', { id: 'a/b', outcomes: [good, { ...bad, link: 1 }] }],
    ['no link', { id: 'a/b', outcomes: [good, { verified: false, code: 'revoked', inherited: true }] }],
    ['the presenter for an ancestor', { id: 'a/b', outcomes: [good, { ...bad, inherited: false }] }],
    ['a proof that nobody gave', { id: 'a/b', outcomes: [good, { ...bad, authenticated: true }] }],
    ['null', { id: 'a/b', outcomes: [null, bad] }],
  ])('notices %s', (_, answer) => {
    expect(differencesOf(vector, answer as never)).toHaveLength(1)
  })
})
