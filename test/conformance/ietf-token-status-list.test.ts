import { describe, expect, it, type TestContext } from 'vitest'
import { equalBytes } from '../../src/core/bytes.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { parseTokenStatusListClaims } from '../../src/status/open-token-status-list.ts'
import { encodeTokenStatuses } from '../../src/status/sign-token-status-list.ts'
import {
  decodeTokenStatuses,
  readTokenStatus,
  type TokenStatusBits,
  type TokenStatuses,
} from '../../src/status/token-status-list.ts'
import { listVectors, readJsonVectors, readVectors } from '../helpers/vectors.ts'
import { unwrap } from '../status/fixtures.ts'
import { SOURCES } from './sources.ts'

const CASES = SOURCES.ietfTokenStatusList.cases
const FOLDER = 'ietf-token-status-list'

interface Vectors {
  readonly vectors: readonly {
    readonly bits: TokenStatusBits
    readonly lst: string
    readonly entries: number
    readonly nonZeroOrListed: Readonly<Record<string, number>>
  }[]
}

function countZeros(list: TokenStatuses, entries: number): number {
  let zeros = 0
  for (let index = 0; index < entries; index++) if (readTokenStatus(list, index) === 0) zeros++
  return zeros
}

/** The JSON of an example, whose long strings are folded for print. */
function jsonIn(text: string): JsonObject {
  return JSON.parse(text.slice(text.indexOf('{')).replace(/\n\s*(?=[\w-]*["\n])/g, ''))
}

/** The examples in the JSON form, by name. */
function examples(ctx: TestContext): [name: string, text: string][] {
  return listVectors(ctx, `${FOLDER}/examples`)
    .filter((name) => name.endsWith('_json.md'))
    .map((name) => [name, readVectors(ctx, `${FOLDER}/examples/${name}`)])
}

describe('the test vectors of Token Status List', () => {
  it('read as listed, and zero elsewhere', async (ctx) => {
    const { vectors } = readJsonVectors<Vectors>(ctx, `${FOLDER}/vectors.json`)
    let values = 0
    for (const { bits, lst, entries, nonZeroOrListed } of vectors) {
      const list = unwrap(await decodeTokenStatuses(lst, bits))
      expect((list.bytes.length * 8) / bits).toBe(entries)
      for (const [index, status] of Object.entries(nonZeroOrListed)) {
        expect(readTokenStatus(list, Number(index)), `${bits} bits, ${index}`).toBe(status)
        values++
      }
      const listed = Object.values(nonZeroOrListed).filter((status) => status !== 0)
      expect(entries - countZeros(list, entries)).toBe(listed.length)
      expect(readTokenStatus(list, entries)).toBeUndefined()
    }
    expect([vectors.length, values]).toEqual([CASES.lists, CASES.values])
  })

  it('are written so that they read as before', async (ctx) => {
    const { vectors } = readJsonVectors<Vectors>(ctx, `${FOLDER}/vectors.json`)
    for (const { bits, lst } of vectors) {
      const list = unwrap(await decodeTokenStatuses(lst, bits))
      const again = unwrap(await decodeTokenStatuses(await encodeTokenStatuses(list), bits))
      expect(equalBytes(again.bytes, list.bytes)).toBe(true)
    }
    expect(vectors.length).toBe(CASES.lists)
  })
})

describe('the examples of Token Status List', () => {
  it('in JSON decode, those that state their bytes to exactly these', async (ctx) => {
    let decoded = 0
    let compared = 0
    for (const [name, text] of examples(ctx)) {
      const { bits, lst } = jsonIn(text)
      const list = unwrap(await decodeTokenStatuses(String(lst), bits as TokenStatusBits))
      decoded++
      const [, stated] = /byte_array = \[(.*)\]/.exec(text) ?? []
      if (stated === undefined) continue
      expect([...list.bytes], name).toEqual(stated.split(', ').map(Number))
      compared++
    }
    expect([decoded, compared]).toEqual([CASES.jsonExamples, CASES.statedBytes])
  })

  it('have the claims of a token that we read', (ctx) => {
    const text = readVectors(ctx, `${FOLDER}/examples/status_list_jwt.md`)

    const claims = parseTokenStatusListClaims(jsonIn(text.slice(text.indexOf('}\n.'))))

    expect(unwrap(claims)).toEqual({
      url: 'https://example.com/statuslists/1',
      issuedAt: 1_686_920_170_000,
      validUntil: 2_291_720_170_000,
      ttlMs: 43_200_000,
      bits: 1,
      lst: 'eNrbuRgAAhcBXQ',
    })
  })
})
