import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ByteCollector } from '../../src/core/byte-collector.ts'
import { concatBytes } from '../../src/core/bytes.ts'

it('puts parts together in order', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 40 }), (parts) => {
      const collector = new ByteCollector(1000)
      const added = parts.map((part) => collector.add(part))

      expect(added).not.toContain(false)
      expect(collector.bytes()).toEqual(concatBytes(...parts))
    }),
  )
})

it('takes exactly the limit and not a byte more', () => {
  const collector = new ByteCollector(4)

  expect(collector.add(Uint8Array.of(1, 2, 3))).toBe(true)
  expect(collector.add(Uint8Array.of(4, 5))).toBe(false)
  expect(collector.bytes()).toEqual(Uint8Array.of(1, 2, 3))
  expect(collector.add(Uint8Array.of(4))).toBe(true)
  expect(collector.bytes()).toEqual(Uint8Array.of(1, 2, 3, 4))
})

it('keeps copies, so that the buffer of a part may be used again', () => {
  const collector = new ByteCollector(4)
  const part = Uint8Array.of(1, 2)
  collector.add(part)
  part.fill(9)

  expect(collector.bytes()).toEqual(Uint8Array.of(1, 2))
})

it('has nothing before anything was added', () => {
  expect(new ByteCollector(4).bytes()).toEqual(new Uint8Array(0))
})
