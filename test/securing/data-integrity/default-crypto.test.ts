import { describe, expect, it, vi } from 'vitest'
import { openLink } from '../../../src/delegation/open-link.ts'
import { CRYPTOSUITES } from '../../../src/model/chain.ts'
import { parseVcDataIntegrity } from '../../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import { acceptedValue, outcomeOf } from '../../helpers/signers.ts'
import { ownerBy, resolver, sign, signerOf } from './fixtures.ts'

vi.mock('#crypto', () => import('../../../src/core/crypto/default.ts'))

describe.each(CRYPTOSUITES)('%s with Web Crypto alone', (suite) => {
  it('signs, and opens what was signed and nothing else', async () => {
    const document = await sign(ownerBy(signerOf(suite)), suite)
    const open = async (changes: object) => {
      const link = acceptedValue(parseVcDataIntegrity(JSON.stringify({ ...document, ...changes })))
      return outcomeOf(await openLink(link, { resolver }))
    }

    expect(await open({})).toBe('accepted')
    expect(await open({ validUntil: '2026-11-22T09:15:00.001Z' })).toBe('signature_invalid')
  })
})
