import { describe, expect, it } from 'vitest'
import { decodeUtf8 } from '../../src/core/bytes.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { fromHex, listVectors, readVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

describe('JCS and the test data of RFC 8785', () => {
  it('writes every document as text and as bytes', (ctx) => {
    const files = listVectors(ctx, 'jcs-rfc8785/testdata/input')

    expect(files).toHaveLength(SOURCES.rfc8785.cases.documents)
    for (const file of files) {
      const input: unknown = JSON.parse(readVectors(ctx, `jcs-rfc8785/testdata/input/${file}`))
      const hex = readVectors(ctx, `jcs-rfc8785/testdata/outhex/${file.replace('.json', '.txt')}`)

      expect(decodeUtf8(encodeJcs(input)), file).toBe(readVectors(ctx, `jcs-rfc8785/testdata/output/${file}`))
      expect(encodeJcs(input), file).toEqual(fromHex(hex.replaceAll(/\s/g, '')))
    }
  })
})
