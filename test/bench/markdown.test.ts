import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatTable, parseRows, replaceTable } from './markdown.ts'
import { formatJson, notMeasured, type Row, rowOf } from './rows.ts'

function tableOf(...rows: readonly Row[]): string {
  return formatTable(parseRows(`not a row\n${rows.map(formatJson).join('\n')}\n`))
}

describe('the table of docs/performance.md', () => {
  it.each([
    [rowOf('a', 4, 'ms', { atMost: 5 }), '| `a` | 4 ms | ≤ 5 | met |'],
    [rowOf('a', 6, 'ms', { atMost: 5 }), '| `a` | 6 ms | ≤ 5 | **MISSED** |'],
    [rowOf('a', 6, 'x', { atLeast: 5 }), '| `a` | 6 x | ≥ 5 | met |'],
    [rowOf('a', 4, 'x', { atLeast: 5 }), '| `a` | 4 x | ≥ 5 | **MISSED** |'],
    [rowOf('a', 1234.5, '1/s'), '| `a` | 1,230 1/s |  |  |'],
    [notMeasured('a', 'x', { atLeast: 0.8 }), '| `a` |  | 0.8 | not measured |'],
  ])('says of a row on which side of its target it has to be: %#', (row, line) => {
    expect(tableOf(row).split('\n')).toContain(line)
  })

  it('says what to expect of ten million rows, by how the last step grew', () => {
    const rows = [rowOf('scale.1e5.fsck', 3, 's'), rowOf('scale.1e6.fsck', 30, 's')]

    expect(tableOf(...rows)).toContain('- `fsck`: exponent 1.00, extrapolated to 10^7: 300 s')
  })

  it('expects nothing where nothing was measured', () => {
    expect(tableOf(rowOf('a', 1, 'ms'))).not.toContain('extrapolated')
  })

  it.each(['issue', 'revocation'])(
    'goes into the place of the group %s, and nothing else changes',
    (group) => {
      const document = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')

      const once = replaceTable(document, group, 'THE TABLE\n')
      expect(once).toContain('THE TABLE\n')
      expect(replaceTable(once, group, 'ANOTHER\n').replace('ANOTHER', 'THE TABLE')).toBe(once)
      expect(() => replaceTable('no place', group, '')).toThrow('no place')
    },
  )
})
