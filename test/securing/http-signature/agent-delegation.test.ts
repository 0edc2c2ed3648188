import fc from 'fast-check'
import { parseList, serializeList } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import {
  fitsAgentDelegation,
  formatAgentDelegation,
  MAX_AGENT_DELEGATION_BYTES,
  parseAgentDelegation,
} from '../../../src/securing/http-signature/agent-delegation.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'

const token = fc.stringMatching(/^[A-Za-z0-9_.~-]{1,40}$/)
const jsonText = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => `{${text}}`)
const texts = fc.array(fc.oneof(token, jsonText), { minLength: 1, maxLength: 8 })

/** A member of the list as the oracle has it: bytes for a JSON text. */
function itemOf(text: string): string | ArrayBuffer {
  return text.startsWith('{') ? new Uint8Array(new TextEncoder().encode(text)).buffer : text
}

function textOf(item: unknown): unknown {
  return item instanceof ArrayBuffer ? new TextDecoder().decode(item) : item
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

describe('parseAgentDelegation', () => {
  it('reads the list that a serializer writes, root first, tokens as Strings and JSON as Byte Sequences', () => {
    fc.assert(
      fc.property(texts, (chain) => {
        const value = serializeList(chain.map((text) => [itemOf(text), new Map()]))

        expect(acceptedValue(parseAgentDelegation(value))).toEqual(chain)
        expect(formatAgentDelegation(chain)).toBe(value)
      }),
    )
  })

  it('reads nothing else than a full parser does', () => {
    const characters = fc.constantFrom('e3', 'fQ==', 'e30=', 'e31', ...'ab", \t;:()\\=?é')
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 24 }), (value) => {
        const read = parseAgentDelegation(value)
        const texts = read.verified ? read.value : []
        if (texts.length === 0 || !texts.every((text) => /^[ -~]+$/.test(text))) return
        expect(parseList(value).map(([item]) => textOf(item))).toEqual(texts)
      }),
      { numRuns: 5000, examples: [['"a", "b"'], ['"a",\t"b"'], [':e30=:, "a"'], ['"a",:e30=:']] },
    )
  })

  it.each([
    ['"a","b"', ['a', 'b']],
    ['"a" ,  "b"', ['a', 'b']],
    ['"a"\t,\t"b"', ['a', 'b']],
    [':e30=:, "a"', ['{}', 'a']],
    ['"a",:e30=:', ['a', '{}']],
    [`:${base64('{"name":"Zoë"}')}:`, ['{"name":"Zoë"}']],
  ])('reads %j', (value, chain) => {
    expect(acceptedValue(parseAgentDelegation(value))).toEqual(chain)
  })

  it.each([
    '',
    '"',
    '""',
    'a',
    '"a',
    'a"',
    '"a",',
    '"a", ',
    ',"a"',
    '"a" "b"',
    '"a",,"b"',
    ' "a"',
    '"a" ',
    '"a";x',
    '("a")',
    '"a\\"b"',
    '"a", b',
    '"a", ""',
    '"{}"',
    ':',
    '::',
    ':e30=',
    'e30=:',
    ':e30=" "a"',
    ':e30:',
    ':e31=:',
    ':e30 =:',
    ':e30=:;x',
    `:${base64('[]')}:`,
    `:${base64('a.b.c')}:`,
    `:${base64(' {}')}:`,
    `:${base64('\ufeff{}')}:`,
    `:${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64')}:`,
    `:${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}:`,
    'ref',
    'ref;sha-256',
    'ref;sha-256=:AAAA:',
    '"a", ref;sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:',
  ])('refuses %j', (value) => {
    expect(outcomeOf(parseAgentDelegation(value))).toBe('malformed agent-delegation')
  })

  it('asks for the chain when it is only named', () => {
    const value = 'ref;sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:'

    expect(outcomeOf(parseAgentDelegation(value))).toBe('chain_required agent-delegation')
  })

  it('reads 8 links and refuses 9', () => {
    const links = (length: number) => Array.from({ length }, () => '"a"').join(', ')

    expect(outcomeOf(parseAgentDelegation(links(8)))).toBe('accepted')
    expect(outcomeOf(parseAgentDelegation(links(9)))).toBe('limit_exceeded agent-delegation')
  })

  it('reads 7.5 KiB and refuses one byte more', () => {
    const value = `"${'a'.repeat(MAX_AGENT_DELEGATION_BYTES - 2)}"`

    expect(MAX_AGENT_DELEGATION_BYTES).toBe(7680)
    expect(outcomeOf(parseAgentDelegation(value))).toBe('accepted')
    expect(outcomeOf(parseAgentDelegation(`${value} `))).toBe('limit_exceeded agent-delegation')
  })
})

describe('fitsAgentDelegation', () => {
  it('counts the quotes of every link, and what is between them', () => {
    const three = (last: number) => [2600, 2600, last].map((length) => 'a'.repeat(length))

    expect(formatAgentDelegation(three(2470))).toHaveLength(MAX_AGENT_DELEGATION_BYTES)
    expect(fitsAgentDelegation(three(2470))).toBe(true)
    expect(fitsAgentDelegation(three(2471))).toBe(false)
  })

  it('tells whether a chain can be written', () => {
    const sized = fc.tuple(fc.constantFrom('a', '{€'), fc.nat({ max: 3000 }))
    fc.assert(
      fc.property(fc.array(sized, { minLength: 1, maxLength: 8 }), (parts) => {
        const chain = parts.map(([start, length]) => start.padEnd(length, 'b'))
        const write = () => formatAgentDelegation(chain)

        if (fitsAgentDelegation(chain)) expect(write().length).toBeLessThanOrEqual(MAX_AGENT_DELEGATION_BYTES)
        else expect(write).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE' }))
      }),
      { examples: [[[['a', 7678]]], [[['a', 7679]]]] },
    )
  })
})

describe('formatAgentDelegation', () => {
  it.each([
    ['no token', []],
    ['nine tokens', Array.from({ length: 9 }, () => 'a')],
    ['an empty token', ['a', '']],
    ['a token with a quote', ['a"b']],
    ['a token with a line break', ['a\n']],
    ['a token beyond ASCII', ['é']],
    ['JSON with half a surrogate pair', ['{"a":"\ud800"}']],
  ])('refuses %s', (_, chain) => {
    expect(() => formatAgentDelegation(chain)).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
  })

  it('refuses a chain that no request field holds, and takes one that just fits', () => {
    const token = 'a'.repeat(MAX_AGENT_DELEGATION_BYTES - 2)

    expect(formatAgentDelegation([token])).toHaveLength(7680)
    expect(() => formatAgentDelegation([`${token}a`])).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE' }),
    )
  })
})
