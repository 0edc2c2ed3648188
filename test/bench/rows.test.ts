import { describe, expect, it } from 'vitest'
import { formatJson, formatLine, notMeasured, rowOf } from './rows.ts'

describe('a row', () => {
  it('says whether its target is met, whichever side it is on', () => {
    const outcomes = [
      rowOf('a', 4.9, 'u', { atMost: 4.9 }),
      rowOf('a', 4.91, 'u', { atMost: 4.9 }),
      rowOf('a', 1.8, 'x', { atLeast: 1.8 }),
      rowOf('a', 1.79, 'x', { atLeast: 1.8 }),
    ]

    expect(outcomes.map(({ met }) => met)).toEqual([true, false, true, false])
  })

  it('is judged by what was measured, not by what is shown of it', () => {
    expect(rowOf('a', 4.9001, 'u', { atMost: 4.9 })).toMatchObject({ value: 4.9, met: false })
  })

  it('has neither target nor outcome beside others', () => {
    expect(rowOf('verify.cold.d3.peer.jose', 7.4321, 'u')).toEqual({
      name: 'verify.cold.d3.peer.jose',
      value: 7.43,
      unit: 'u',
      target: null,
      met: null,
    })
  })

  it('is one line of JSON with its five members, in this order', () => {
    expect(formatJson(rowOf('memory.1e6', 0.21, 'MiB', { atMost: 0.3 }))).toBe(
      '{"name":"memory.1e6","value":0.21,"unit":"MiB","target":0.3,"met":true}',
    )
  })

  it('is one line for people, that cries out what is missed', () => {
    expect(formatLine(rowOf('a', 5, 'u', { atMost: 4 }))).toMatch(/^a +5 u +4 {2}MISSED$/)
    expect(formatLine(rowOf('a', 5, 'u'))).toMatch(/^a +5 u$/)
  })

  it('is not met, and says so, when nothing was measured', () => {
    const row = notMeasured('a', 'x', { atLeast: 0.8 })

    expect(row).toEqual({ name: 'a', value: null, unit: 'x', target: 0.8, met: false })
    expect(formatLine(row)).toMatch(/^a +- x +0\.8 {2}not measured$/)
  })
})
