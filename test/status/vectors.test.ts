import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Did } from '../../src/model/did.ts'
import { acceptHead } from '../../src/status/accept-head.ts'
import { bitsDigest, decodeBitstring, readBit } from '../../src/status/bitstring.ts'
import { type Head, openHead } from '../../src/status/head.ts'
import { leafTableRoot, openLeafTable } from '../../src/status/leaf-table.ts'
import { openStatusList } from '../../src/status/open-status-list.ts'
import { buildVectors, type HeadVector, type StatusVectors } from './build-vectors.ts'
import { codeOf, resolver, unwrap } from './fixtures.ts'

const FILE = 'test/vectors/status/vectors.json'

/** `PROCURA_WRITE_VECTORS=1` writes the file anew; review what it changes, for it is a contract. */
if (process.env.PROCURA_WRITE_VECTORS === '1') writeFileSync(FILE, await built())

async function built(): Promise<string> {
  return `${JSON.stringify(await buildVectors(), null, 1)}\n`
}

const vectors: StatusVectors = JSON.parse(readFileSync(FILE, 'utf8'))

function indexesOf(bits: Uint8Array): number[] {
  return Array.from({ length: bits.length * 8 }, (_, index) => index).filter((index) => readBit(bits, index))
}

async function open({ statusIssuer, now }: HeadVector, token: string): Promise<Head> {
  return unwrap(await openHead(token, { statusIssuer: statusIssuer as Did, resolver, now }))
}

describe('the golden vectors', () => {
  it('are what the generator makes, byte for byte', async () => {
    expect(await built()).toBe(readFileSync(FILE, 'utf8'))
  })

  it.each(vectors.bitstrings)(
    'encodedList: $name [SL-18, SL-19, SL-21]',
    async ({ encodedList, expected }) => {
      const decoded = await decodeBitstring(encodedList)

      if (typeof expected === 'string') return expect(codeOf(decoded)).toBe(expected)
      const bits = unwrap(decoded)
      expect([bits.length * 8, bitsDigest(bits)]).toEqual([expected.entries, expected.digest])
      expect(indexesOf(bits)).toEqual(expected.set)
    },
  )

  it.each(vectors.lists)('list: $name', async ({ token, expected, statusIssuer, ...options }) => {
    const opened = await openStatusList(token, { ...options, statusIssuer: statusIssuer as Did, resolver })

    if (typeof expected === 'string') return expect(codeOf(opened)).toBe(expected)
    const { version, validUntil, bits } = unwrap(opened)
    expect({ version, validUntil, set: indexesOf(bits) }).toEqual(expected)
  })

  it.each(vectors.heads)('head: $name', async (vector) => {
    const held = vector.held === undefined ? undefined : await open(vector, vector.held)
    const { statusIssuer, now, token, expected } = vector
    const opened = await openHead(token, { statusIssuer: statusIssuer as Did, resolver, now })
    const verdict = opened.verified ? acceptHead(held, opened.value).verdict : opened

    if (typeof expected === 'string') return expect(codeOf(verdict)).toBe(expected)
    expect(unwrap(verdict)).toMatchObject(expected)
  })

  it.each(vectors.leafTables)('leaf table: $name', ({ table, root, expected }) => {
    const opened = openLeafTable(table, root)

    if (typeof expected === 'string') return expect(codeOf(opened)).toBe(expected)
    expect([...unwrap(opened).leaves.values()]).toEqual(expected)
    expect(leafTableRoot(expected)).toBe(root)
  })
})
