import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LruMap } from '../../src/core/lru-map.ts'

describe('LruMap', () => {
  it('forgets the entry that was used least recently', () => {
    const map = new LruMap<string, number>({ maxWeight: 2 })
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    map.set('c', 3)

    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3])
  })

  it('tells of what it forgets, replaces or deletes, once', () => {
    const forgotten: number[] = []
    const map = new LruMap<string, number>({ maxWeight: 2, onDelete: (value) => forgotten.push(value) })
    for (const [i, key] of ['a', 'b', 'c', 'c'].entries()) map.set(key, i)
    map.delete('b')
    map.delete('b')

    expect(forgotten).toEqual([0, 2, 1])
  })

  it('counts what weightOf says', () => {
    const map = new LruMap<string, string>({
      maxWeight: 10,
      weightOf: (value, key) => value.length + key.length,
    })
    map.set('a', 'xxxx')
    map.set('b', 'xxxx')
    map.set('c', 'x')

    expect([map.size, map.weight, map.get('a')]).toEqual([2, 7, undefined])
  })

  it('replaces a value and its weight', () => {
    const map = new LruMap<string, string>({ maxWeight: 10, weightOf: (value) => value.length })
    map.set('a', 'xxxxxx')
    map.set('a', 'xx')

    expect([map.size, map.weight, map.get('a')]).toEqual([1, 2, 'xx'])
  })

  it.each([11, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not keep an entry of weight %d of 10',
    (weight) => {
      const map = new LruMap<string, number>({ maxWeight: 10, weightOf: (value) => value })
      map.set('light', 1)
      map.set('heavy', weight)

      expect([map.get('heavy'), map.get('light'), map.weight]).toEqual([undefined, 1, 1])
    },
  )

  it('forgets the old value when the new one is too heavy to keep', () => {
    const map = new LruMap<string, number>({ maxWeight: 10, weightOf: (value) => value })
    map.set('a', 1)
    map.set('a', 11)

    expect(map.get('a')).toBeUndefined()
  })

  it('deletes and clears', () => {
    const map = new LruMap<string, number>({ maxWeight: 2 })
    map.set('a', 1)
    map.set('b', 2)

    expect([map.delete('a'), map.delete('a'), map.size, map.weight]).toEqual([true, false, 1, 1])
    map.clear()
    expect([map.size, map.weight, map.get('b')]).toEqual([0, 0, undefined])
  })

  it('goes on forgetting the oldest after it was emptied, by clear or one by one', () => {
    const map = new LruMap<number, number>({ maxWeight: 2 })
    const fill = (from: number) => {
      for (const key of [from, from + 1, from + 2]) map.set(key, key)
      return [from, from + 1, from + 2].map((key) => map.get(key))
    }

    expect(fill(0)).toEqual([undefined, 1, 2])
    map.clear()
    expect(fill(10)).toEqual([undefined, 11, 12])
    map.delete(11)
    map.delete(12)
    expect(fill(20)).toEqual([undefined, 21, 22])
  })

  it('takes no more memory the more often its entries are read or written', () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const map = new LruMap<number, object>({ maxWeight: 1000 })
    const use = (times: number) => {
      for (let i = 0; i < times; i++) map.set(i % 500, map.get(i % 500) ?? {})
      collect()
      return process.memoryUsage().heapUsed
    }
    use(1000)
    const before = use(1000)

    expect(use(200_000) - before).toBeLessThan(4 * 1024 * 1024)
  })

  it('forgets in the order of last use, whatever was read, written and forgotten before', () => {
    const step = fc.tuple(fc.constantFrom('set', 'get', 'delete', 'clear'), fc.nat(7))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const map = new LruMap<number, number>({ maxWeight: 3 })
        let model: number[] = []
        for (const [verb, key] of steps) {
          const known = model.includes(key)
          if (verb === 'clear') model = []
          else if (verb === 'set' || known) model = model.filter((other) => other !== key)
          if (verb === 'set' || (verb === 'get' && known)) model.push(key)
          model = model.slice(-3)
          if (verb === 'set') map.set(key, key)
          else if (verb === 'get') expect(map.get(key)).toBe(known ? key : undefined)
          else if (verb === 'delete') expect(map.delete(key)).toBe(known)
          else map.clear()
          expect(map.size).toBe(model.length)
        }
        expect(model.map((key) => map.get(key))).toEqual(model)
      }),
      { numRuns: 300 },
    )
  })

  it('never outweighs its limit, and weighs what it holds', () => {
    const step = fc.tuple(fc.constantFrom('set', 'get', 'delete'), fc.nat(9), fc.integer({ min: 0, max: 7 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new LruMap<number, number>({ maxWeight: 12, weightOf: (value) => value })
        for (const [verb, key, value] of steps) {
          if (verb === 'set') map.set(key, value)
          else if (verb === 'get') map.get(key)
          else map.delete(key)
          const held = Array.from({ length: 10 }, (_, i) => map.get(i) ?? 0).reduce(
            (sum, weight) => sum + weight,
          )
          expect(map.weight).toBe(held)
          expect(map.weight).toBeLessThanOrEqual(12)
        }
      }),
    )
  })
})
