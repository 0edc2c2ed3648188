import { describe, expect, it } from 'vitest'
import { formatChainFile, parseChainFile } from '../../src/holder/chain-file.ts'

const refusal = expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })

describe('chain file', () => {
  it('reads what it wrote', () => {
    expect(parseChainFile(formatChainFile(['a.b.c', 'd.e.f']))).toEqual(['a.b.c', 'd.e.f'])
  })

  it.each([
    ['no JSON', 'a.b.c'],
    ['another shape', '["a.b.c"]'],
    ['no chain', '{}'],
    ['an empty chain', '{"chain":[]}'],
    ['a token that is no string', '{"chain":["a",1]}'],
    ['a member twice', '{"chain":["a"],"chain":["b"]}'],
    ['more links than a chain may have', JSON.stringify({ chain: Array(9).fill('a') })],
    ['a token over 16 KiB', JSON.stringify({ chain: ['a'.repeat(16 * 1024 + 1)] })],
    ['a text far over the largest chain', `${' '.repeat(300_000)}{"chain":["a"]}`],
  ])('refuses %s', (_, text) => {
    expect(() => parseChainFile(text)).toThrow(refusal)
  })

  it('names where the text came from, never the text', () => {
    expect(() => parseChainFile('secret', 'PROCURA_CREDENTIAL')).toThrow(
      /^PROCURA_CREDENTIAL must(?!.*secret)/s,
    )
  })
})
