import { Readable } from 'node:stream'
import type { Request } from 'express'
import { describe, expect, it } from 'vitest'
import { readBody } from '../../src/adapters/express/read-body.ts'

const bodyOf = (...parts: readonly string[]): Request =>
  Readable.from(parts.map((part) => Buffer.from(part))) as unknown as Request

describe('reading a body', () => {
  it('rejects, and throws at nobody, where there is no memory for it', async () => {
    const endless = bodyOf()
    const read = readBody(endless, Number.MAX_SAFE_INTEGER)
    endless.emit('data', { length: 2 ** 52 })

    await expect(read).rejects.toThrow(RangeError)
  })

  it('puts the parts together', async () => {
    expect(await readBody(bodyOf('ab', 'c'), 3)).toEqual(new Uint8Array(Buffer.from('abc')))
  })
})
