import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rowsBelow } from '../helpers/tables.ts'

const PAGE = 'docs/performance.md'
const measured = new Map(
  rowsBelow(PAGE, '## Revocation').map(([name = '', ...cells]) => [name.replaceAll('`', ''), cells]),
)

function millisecondsOf(name: string): number {
  const [value = ''] = measured.get(`revoke_to_refused.${name}`) ?? []
  expect(value).toMatch(/^[\d,.]+ ms$/)
  return Number(value.replaceAll(/[, ms]/g, ''))
}

describe('docs/performance.md', () => {
  it('[E7] says how long it takes to make a run and to end it, beside what was meant', () => {
    const rows = rowsBelow(PAGE, '## Issuing, revoking, cascades')
    const [, value, target, outcome] = rows.find(([name]) => name === '`run.register_complete`') ?? []

    expect(value).toMatch(/^[\d,.]+ ms$/)
    expect(target).toMatch(/^≤ [\d,.]+$/)
    expect(outcome).toMatch(/^(?:met|\*\*MISSED\*\*)$/)
  })

  it('[L5] says in percentiles how long revocations take, pushed and looked for, within what is promised', () => {
    const bounds = { push_p50: 300, push_p99: 1_000, pull_p50: 46_000, pull_p99: 46_000 }

    for (const [name, bound] of Object.entries(bounds)) expect(millisecondsOf(name)).toBeLessThan(bound)
    expect(millisecondsOf('push_p50')).toBeLessThanOrEqual(millisecondsOf('push_p99'))
    expect(millisecondsOf('pull_p50')).toBeLessThanOrEqual(millisecondsOf('pull_p99'))
    for (const count of [1, 100])
      expect(millisecondsOf(`push_p50.verifiers_${count}`)).toBeLessThan(bounds.push_p99)
  })

  it('says whether a target is met, and hides none that is missed', () => {
    const judged = [...measured.values()].filter(([, target = '']) => target.startsWith('≤'))

    expect(judged).toHaveLength(5)
    for (const [value = '', target = '', outcome] of judged) {
      const isMet = numberOf(value) <= numberOf(target)
      expect(outcome).toBe(isMet ? 'met' : '**MISSED**')
    }
  })

  it('is quoted as it is', () => {
    const [median, slowest] = [millisecondsOf('push_p50'), millisecondsOf('push_p99')]

    for (const page of ['README.md', 'docs/verifier.md'])
      expect(readFileSync(page, 'utf8')).toContain(`median ${median} ms, 99 % within ${slowest} ms`)
  })
})

function numberOf(cell: string): number {
  return Number(cell.replaceAll(/[^\d.]/g, ''))
}
