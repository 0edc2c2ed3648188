import { describe, expect, it } from 'vitest'
import { rowOf } from '../rows.ts'
import { plotScale, pointsOf } from './plots.ts'
import { sizeName, sizeOf } from './sizes.ts'

describe('the name of a size', () => {
  it.each([
    [10, '10'],
    [1e4, '1e4'],
    [1e6, '1e6'],
  ])('of %d is %s, and can be read again', (size, name) => {
    expect(sizeName(size)).toBe(name)
    expect(sizeOf(name)).toBe(size)
  })

  it.each(['effective', '', '1e3.5', '-1'])('is not %j', (text) => {
    expect(sizeOf(text)).toBeUndefined()
  })
})

describe('the plots of the group issue', () => {
  const rows = [1e4, 1e5].flatMap((size) =>
    ['issue', 'publish_all', 'publish_one', 'fsck'].map((key) =>
      rowOf(`scale.${sizeName(size)}.${key}`, size / 100, 'ms'),
    ),
  )

  it('are made of the rows of each size', () => {
    expect(pointsOf(rows, 'fsck')).toEqual([
      { x: 1e4, y: 100 },
      { x: 1e5, y: 1000 },
    ])
    expect([...plotScale(rows).keys()]).toEqual(['scale-issue.svg', 'scale-publish.svg', 'scale-fsck.svg'])
  })

  it('are not made of one size', () => {
    expect(plotScale(rows.slice(0, 4)).size).toBe(0)
    expect(plotScale([rowOf('verify.cold.d2.jwt', 3, 'u')]).size).toBe(0)
  })
})
