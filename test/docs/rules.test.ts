import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/verifier/rules.ts'
import { rowsBelow } from '../helpers/tables.ts'

const NAMES = RULES.map(({ rule }) => `\`${rule}\``)

describe('the documents', () => {
  it('list the rules of verifying in their order, with their steps', () => {
    const [, ...rows] = rowsBelow('docs/spec/07-verifying.md', '### Explaining')

    expect(rows.map(([step, rule]) => `${step} ${rule}`)).toEqual(
      RULES.map(({ step, rule }) => `${step} \`${rule}\``),
    )
  })

  it('say of each rule once where it stands', () => {
    const rows = rowsBelow('docs/architecture.md', '## Where a rule is')
    const cells = rows.map(([rules = '']) => rules.split(', '))
    const named = cells.filter((names) => names.every((name) => /^`[a-z-]+`$/.test(name))).flat()

    expect(named.toSorted()).toEqual(NAMES.toSorted())
  })
})
