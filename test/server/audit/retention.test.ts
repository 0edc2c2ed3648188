import { describe, expect, it } from 'vitest'
import { assertRetention } from '../../../src/server/audit/retention.ts'

describe('the time for which texts are kept', () => {
  it.each([365, 2_557, 36_525, undefined])('may be %s days', (days) => {
    expect(() => assertRetention(days)).not.toThrow()
  })

  it.each([0, 7, 364, 400.5, 36_526, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'is never %s days',
    (days) => {
      expect(() => assertRetention(days)).toThrow(
        expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }),
      )
    },
  )
})
