import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isBelow, isMinimumVersion } from '../../src/verifier/software-version.ts'

describe('a version of a software', () => {
  it.each<[version: string, minimum: string, below: boolean]>([
    ['2.1.0', '2.1.0', false],
    ['2.0.9', '2.1.0', true],
    ['2.10.0', '2.9.0', false],
    ['2.1', '2.1.0', false],
    ['2.1.0.1', '2.1', false],
    ['2', '2.0.1', true],
    ['02.1', '2.1', false],
    ['2026.11.22', '2026.11.3', false],
    ['2.1.0-rc.1', '2.1.0', true],
    ['2.1.1-rc.1', '2.1.0', false],
    ['2.1.0+build.7', '2.1.0', false],
    ['2.1.0-rc.1+build.7', '2.1.0', true],
  ])('%s, held against %s: below is %s [L9]', (version, minimum, below) => {
    expect(isBelow(version, minimum)).toBe(below)
  })

  it.each(['', 'latest', 'v2.1.0', '2.1.0 ', '2..1', '2.1.0_1', '９.0.0', '9999999999.0', '-1'])(
    'that cannot be compared, such as "%s", is below every minimum',
    (version) => {
      expect(isBelow(version, '0')).toBe(true)
    },
  )

  it('is never below itself, and of two different ones exactly one is below the other', () => {
    const versions = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 })
    const trimmed = (numbers: readonly number[]) => numbers.join('.').replace(/(\.0)+$/, '')
    fc.assert(
      fc.property(versions, versions, (a, b) => {
        const isSame = trimmed(a) === trimmed(b)

        expect(
          [isBelow(a.join('.'), b.join('.')), isBelow(b.join('.'), a.join('.'))].filter(Boolean),
        ).toHaveLength(isSame ? 0 : 1)
      }),
    )
  })
})

describe('a minimum', () => {
  it.each(['2', '2.1', '2.1.0'])('may be %s', (text) => {
    expect(isMinimumVersion(text)).toBe(true)
  })

  it.each(['', '^2.1', '2.x', '>=2', '2.1.0-rc.1', '2.'])('may not be "%s"', (text) => {
    expect(isMinimumVersion(text)).toBe(false)
  })
})
