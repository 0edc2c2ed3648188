import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, encodeUtf8 } from '../../src/core/bytes.ts'
import * as portable from '../../src/core/gzip/default.ts'
import * as node from '../../src/core/gzip/node.ts'

const text = encodeUtf8('a status list '.repeat(100))
const packed = new Uint8Array(gzipSync(text))
const empty = new Uint8Array(gzipSync(''))
const LIMIT = 10_000

/** A gzip member whose last four bytes claim another length. */
function claiming(length: number, member: Uint8Array): Uint8Array {
  const copy = member.slice()
  new DataView(copy.buffer).setUint32(copy.length - 4, length, true)
  return copy
}

describe.each([
  { name: 'node', codec: node },
  { name: 'default', codec: portable },
])('gunzip ($name)', ({ codec }) => {
  it('inflates what was compressed', async () => {
    expect(await codec.gunzip(packed, LIMIT)).toEqual(text)
  })

  it('inflates nothing to nothing', async () => {
    expect(await codec.gunzip(empty, 0)).toEqual(new Uint8Array())
  })

  it('inflates to exactly the limit and refuses one byte more', async () => {
    expect(await codec.gunzip(packed, text.length)).toEqual(text)
    expect(await codec.gunzip(packed, text.length - 1)).toBeUndefined()
  })

  it('inflates a member with a file name', async () => {
    const named = concatBytes(
      packed.subarray(0, 3),
      Uint8Array.of(8),
      packed.subarray(4, 10),
      encodeUtf8('n\0'),
      packed.subarray(10),
    )

    expect(await codec.gunzip(named, LIMIT)).toEqual(text)
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['plain text', text],
    ['a zlib stream', new Uint8Array(deflateSync(text))],
    ['a raw deflate stream', new Uint8Array(deflateRawSync(text))],
    ['a header alone', packed.subarray(0, 10)],
    ['a stream without its trailer', packed.subarray(0, -8)],
    ['a stream without its last byte', packed.subarray(0, -1)],
    ['a stream cut in the middle', packed.subarray(0, packed.length / 2)],
    ['garbage after the end', concatBytes(packed, encodeUtf8('garbage'))],
    ['zeros after the end', concatBytes(packed, new Uint8Array(9))],
    ['one byte after the end', concatBytes(packed, Uint8Array.of(0x1f))],
    ['two members', concatBytes(packed, packed)],
    ['a member and an empty one', concatBytes(packed, empty)],
    ['a wrong checksum', concatBytes(packed.subarray(0, -8), new Uint8Array(4), packed.subarray(-4))],
    ['a wrong length', claiming(text.length - 1, packed)],
    ['a reserved block type', concatBytes(packed.subarray(0, 10), Uint8Array.of(7), packed.subarray(11))],
  ])('refuses %s', async (_name, bytes) => {
    expect(await codec.gunzip(bytes, LIMIT)).toBeUndefined()
  })

  it.each([
    ['that states its length', (bomb: Uint8Array) => bomb],
    ['that claims to be small', (bomb: Uint8Array) => claiming(LIMIT, bomb)],
  ])('stops a bomb of 256 MiB %s at the limit [SL-04]', async (_name, disguise) => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(256 * 1024 * 1024), { level: 1 }))
    const before = process.memoryUsage()

    expect(await codec.gunzip(disguise(bomb), LIMIT)).toBeUndefined()

    const after = process.memoryUsage()
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024)
  })

  it('reads a view, not the buffer under it', async () => {
    const view = concatBytes(Uint8Array.of(1, 2), packed, Uint8Array.of(3)).subarray(2, -1)

    expect(await codec.gunzip(view, LIMIT)).toEqual(text)
  })

  it('gives bytes that own their buffer, so that a reader of the buffer reads no other data', async () => {
    const output = await codec.gunzip(packed, LIMIT)

    expect(output?.constructor).toBe(Uint8Array)
    expect(output?.buffer.byteLength).toBe(text.length)
  })

  it('inflates what either implementation compressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await codec.gunzip(await node.gzip(bytes), 300)).toEqual(bytes)
        expect(await codec.gunzip(await portable.gzip(bytes), 300)).toEqual(bytes)
      }),
      { numRuns: 50 },
    )
  })

  it('never throws on bytes', async () => {
    const mutated = fc
      .tuple(fc.nat(packed.length - 1), fc.nat(255))
      .map(([at, byte]) => packed.with(at, byte))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), async (bytes) => {
        const output = await codec.gunzip(bytes, LIMIT)
        expect(output === undefined || output.length <= LIMIT).toBe(true)
      }),
    )
  })
})

describe.each([
  { name: 'node', codec: node },
  { name: 'default', codec: portable },
])('inflateZlib ($name)', ({ name, codec }) => {
  const stream = new Uint8Array(deflateSync(text))

  it('inflates to exactly the limit and refuses one byte more', async () => {
    expect(await codec.inflateZlib(stream, text.length)).toEqual(text)
    expect(await codec.inflateZlib(stream, text.length - 1)).toBeUndefined()
  })

  it('inflates nothing to nothing', async () => {
    expect(await codec.inflateZlib(new Uint8Array(deflateSync('')), 0)).toEqual(new Uint8Array())
    expect(await codec.inflateZlib(new Uint8Array(deflateSync('a')), 0)).toBeUndefined()
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['plain text', text],
    ['a gzip member', packed],
    ['a raw deflate stream', new Uint8Array(deflateRawSync(text))],
    ['a stream without its last byte', stream.subarray(0, -1)],
    ['a stream cut in the middle', stream.subarray(0, stream.length / 2)],
    ['a wrong checksum', concatBytes(stream.subarray(0, -4), new Uint8Array(4))],
    ['a stream that needs a dictionary', Uint8Array.of(0x78, 0xbb, ...stream.subarray(2))],
  ])('refuses %s', async (_name, bytes) => {
    expect(await codec.inflateZlib(bytes, LIMIT)).toBeUndefined()
  })

  it.skipIf(name === 'default' && process.version.startsWith('v20.'))(
    'refuses what goes on after the end of the stream',
    async () => {
      expect(await codec.inflateZlib(concatBytes(stream, encodeUtf8('garbage')), LIMIT)).toBeUndefined()
      expect(await codec.inflateZlib(concatBytes(stream, stream), LIMIT)).toBeUndefined()
    },
  )

  it('stops a bomb of 256 MiB at the limit [SL-04]', async () => {
    const bomb = new Uint8Array(deflateSync(new Uint8Array(256 * 1024 * 1024), { level: 1 }))
    const before = process.memoryUsage()

    expect(await codec.inflateZlib(bomb, LIMIT)).toBeUndefined()

    const after = process.memoryUsage()
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 1024 * 1024)
  })

  it('gives bytes that own their buffer', async () => {
    const output = await codec.inflateZlib(stream, LIMIT)

    expect(output?.constructor).toBe(Uint8Array)
    expect(output?.buffer.byteLength).toBe(text.length)
  })

  it('inflates what either implementation compressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await codec.inflateZlib(await node.deflateZlib(bytes), 300)).toEqual(bytes)
        expect(await codec.inflateZlib(await portable.deflateZlib(bytes), 300)).toEqual(bytes)
      }),
      { numRuns: 50 },
    )
  })

  it('never throws on bytes', async () => {
    const mutated = fc
      .tuple(fc.nat(stream.length - 1), fc.nat(255))
      .map(([at, byte]) => stream.with(at, byte))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), async (bytes) => {
        const output = await codec.inflateZlib(bytes, LIMIT)
        expect(output === undefined || output.length <= LIMIT).toBe(true)
      }),
    )
  })
})

it('gzip writes neither a name nor a time', async () => {
  const bytes = await node.gzip(text)

  expect([...bytes.subarray(0, 8)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
})
