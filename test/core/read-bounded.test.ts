import { describe, expect, it } from 'vitest'
import { readBounded } from '../../src/core/read-bounded.ts'

/** A stream of parts; `onCancel` is told when the reader wants no more. */
function streamOf(parts: readonly Uint8Array[], onCancel = () => {}): ReadableStream<Uint8Array> {
  const left = [...parts]
  return new ReadableStream({
    pull: (controller) => {
      const part = left.shift()
      if (part === undefined) controller.close()
      else controller.enqueue(part)
    },
    cancel: onCancel,
  })
}

const PARTS = [Uint8Array.of(1, 2), Uint8Array.of(3)]

describe('readBounded', () => {
  it('answers all bytes, up to the limit', async () => {
    expect(await readBounded(streamOf(PARTS), 3)).toEqual(Uint8Array.of(1, 2, 3))
    expect(await readBounded(null, 3)).toEqual(new Uint8Array(0))
  })

  it('answers undefined for more, and wants no more', async () => {
    let cancelled = false
    const stream = streamOf([...PARTS, ...PARTS], () => {
      cancelled = true
    })

    expect(await readBounded(stream, 2)).toBeUndefined()
    expect(cancelled).toBe(true)
  })

  it('rejects as the stream does', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new RangeError('broken')),
    })

    await expect(readBounded(broken, 2)).rejects.toThrow(RangeError)
  })

  it('reads one branch of a clone beyond the limit without waiting for the other one', async () => {
    const response = new Response(streamOf(PARTS))

    expect(await readBounded(response.clone().body, 1)).toBeUndefined()
    expect(await readBounded(response.body, 3)).toEqual(Uint8Array.of(1, 2, 3))
  })
})
