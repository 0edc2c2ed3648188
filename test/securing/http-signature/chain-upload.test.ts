import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_UPLOAD_BYTES } from '../../../src/model/chain-upload.ts'
import { digestChain, formatUpload, parseUpload } from '../../../src/securing/http-signature/chain-upload.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
const texts = fc.array(text, { minLength: 1, maxLength: 8 })
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('the body that sends a chain in advance', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(texts, (chain) => {
        expect(acceptedValue(parseUpload(formatUpload(chain)))).toEqual({ texts: chain })
      }),
    )
  })

  it('may have a staple, whatever it is', () => {
    const staple = { head: 'a.b.c' }

    expect(acceptedValue(parseUpload(formatUpload(['a'], staple)))).toEqual({ texts: ['a'], staple })
    expect(acceptedValue(parseUpload(bytes('{"chain":["a"],"staple":7}')))).toEqual({
      texts: ['a'],
      staple: 7,
    })
  })

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '["a"]'],
    ['no chain', '{}'],
    ['another member', '{"chain":["a"],"more":{}}'],
    ['a member twice', '{"chain":["a"],"chain":["b"]}'],
    ['an empty chain', '{"chain":[]}'],
    ['what is no text', '{"chain":["a",1]}'],
    ['a credential that is no text', '{"chain":[{"proof":{}}]}'],
  ])('is not %s', (_, body) => {
    expect(outcomeOf(parseUpload(bytes(body)))).toBe('malformed body')
  })

  it('is not another encoding than UTF-8', () => {
    expect(outcomeOf(parseUpload(Uint8Array.of(0x7b, 0xff, 0x7d)))).toBe('malformed body')
  })

  it.each<readonly [what: string, outcome: string, chain: readonly string[]]>([
    ['8 links', 'accepted', Array.from({ length: 8 }, () => 'a')],
    ['9 links', 'limit_exceeded body', Array.from({ length: 9 }, () => 'a')],
    ['a link of 16 KiB', 'accepted', ['a'.repeat(16_384)]],
    ['a link of one byte more', 'limit_exceeded body', ['a'.repeat(16_385)]],
    ['a link of one byte more beside another', 'limit_exceeded body', ['a', 'a'.repeat(16_385)]],
    [
      '8 links of 16 KiB, every byte escaped',
      'accepted',
      Array.from({ length: 8 }, () => '"'.repeat(16_380)),
    ],
  ])('with %s is %s', (_, outcome, chain) => {
    expect(outcomeOf(parseUpload(formatUpload(chain)))).toBe(outcome)
  })

  it('is not read beyond 256 KiB', () => {
    const body = (length: number) => bytes('{"chain":["a"]}'.padEnd(length))

    expect(MAX_UPLOAD_BYTES).toBe(256 * 1024)
    expect(outcomeOf(parseUpload(body(MAX_UPLOAD_BYTES)))).toBe('accepted')
    expect(outcomeOf(parseUpload(body(MAX_UPLOAD_BYTES + 1)))).toBe('limit_exceeded body')
  })
})

describe('digestChain', () => {
  it('is the SHA-256 of the texts as UTF-8, each after its length', () => {
    const input = Buffer.from([0, 0, 0, 1, 0x61, 0, 0, 0, 2, 0xc3, 0xa9])

    expect(digestChain(['a', 'é'])).toBe(`:${createHash('sha256').update(input).digest('base64')}:`)
  })

  it('is another one for every other chain', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(digestChain(a) === digestChain(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
      {
        examples: [
          [
            ['ab', 'c'],
            ['a', 'bc'],
          ],
          [['a'], ['a', '']],
        ],
      },
    )
  })
})
