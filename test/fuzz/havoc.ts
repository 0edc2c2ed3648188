import type { Chance } from './random.ts'

/** What parsers stumble over. */
const WORDS: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  '\u0000',
  '\ud800',
  '\u202e',
  '\ufeff',
  '٣',
  'é',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '/',
  '//',
  '..',
  '%2e',
  '%00',
  '~',
  '~~',
  '.',
  '=',
  '==',
  ':',
  '::',
  ',',
  ', ',
  ';',
  '{}',
  '[]',
  '{"a":',
  '[[[[[[[[',
  ']]]]]]]]',
  '[]'.repeat(40),
  '['.repeat(40),
  '{"":'.repeat(40),
  'null',
  'true',
  '-0',
  '1e400',
  '1e-400',
  '9007199254740993',
  '-1',
  '0.1',
  '1E5',
  '01',
  'did:key:z6Mk',
  'did:web:127.0.0.1',
  'did:constructor:x',
  'https://evil.example/',
  'file:///etc/passwd',
  'eyJhbGciOiJub25lIn0',
  'A',
  'AAAA',
  ' ',
  '\t',
  '\r\n',
  '\n',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
]

/** A text with one to four accidents: bits, pieces lost, doubled or moved, words put in, ends cut off. */
export function havoc(chance: Chance, text: string): string {
  let result = text
  for (let accidents = 1 + chance.below(4); accidents > 0; accidents--) result = accident(chance, result)
  return result
}

function accident(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1)
  const length = 1 + chance.below(chance.once(4) ? 200 : 4)
  const piece = text.slice(at, at + length)
  const without = text.slice(0, at) + text.slice(at + length)
  const insert = (into: string, what: string, where = at) => into.slice(0, where) + what + into.slice(where)
  switch (chance.below(8)) {
    case 0:
      return insert(
        text.slice(0, at) + text.slice(at + 1),
        String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << chance.below(8))),
      )
    case 1:
      return without
    case 2:
      return insert(text, piece)
    case 3:
      return insert(without, piece, chance.below(without.length + 1))
    case 4:
      return insert(text, chance.pick(WORDS))
    case 5:
      return insert(without, chance.pick(WORDS))
    case 6:
      return chance.once(8) ? text.slice(0, at) : insert(without, piece.toUpperCase())
    default:
      return insert(without, [...piece].toReversed().join(''))
  }
}
