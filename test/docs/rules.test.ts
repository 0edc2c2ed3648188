import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/verifier/rules.ts'

/** Cells of the tables below a heading, row by row. */
function rowsBelow(file: string, heading: string): readonly (readonly string[])[] {
  const section =
    readFileSync(file, 'utf8')
      .split(`${heading}\n`)[1]
      ?.split(/\n##+ /)[0] ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('| '))
  return lines.map((line) => line.split('|').slice(1, -1)).map((cells) => cells.map((cell) => cell.trim()))
}

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
