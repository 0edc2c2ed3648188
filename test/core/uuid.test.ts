import { expect, it } from 'vitest'
import { systemRandom } from '../../src/core/clock.ts'
import { createUuidUrn } from '../../src/core/uuid.ts'

it('writes version and variant into random bytes', () => {
  expect(createUuidUrn((length) => new Uint8Array(length).fill(0xff))).toBe(
    'urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff',
  )
  expect(createUuidUrn((length) => new Uint8Array(length))).toBe(
    'urn:uuid:00000000-0000-4000-8000-000000000000',
  )
})

it('keeps the order of the bytes', () => {
  expect(createUuidUrn((length) => Uint8Array.from({ length }, (_, i) => i))).toBe(
    'urn:uuid:00010203-0405-4607-8809-0a0b0c0d0e0f',
  )
})

it('makes another one each time', () => {
  expect(createUuidUrn(systemRandom)).not.toBe(createUuidUrn(systemRandom))
})
