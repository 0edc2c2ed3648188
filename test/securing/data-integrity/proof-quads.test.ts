import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { PROCURA_CONTEXT, VC_CONTEXT } from '../../../src/model/credential.ts'
import { canonicalizeRdf } from '../../../src/securing/data-integrity/canonicalize-rdf.ts'
import { plainProofQuads } from '../../../src/securing/data-integrity/proof-quads.ts'

const CONTEXT = [VC_CONTEXT, PROCURA_CONTEXT]
const OPTIONS: JsonObject = {
  type: 'DataIntegrityProof',
  cryptosuite: 'eddsa-rdfc-2022',
  created: '2026-11-22T09:00:00.000Z',
  verificationMethod: 'did:key:z6MkAgent#z6MkAgent',
  proofPurpose: 'assertionMethod',
}

async function canonical(options: JsonObject, context: readonly string[] = CONTEXT) {
  const quads = await canonicalizeRdf({ ...options, '@context': [...context] })
  return quads.verified ? quads.value : quads.refusal.code
}

describe('the quads of plain proof options', () => {
  it('are those that JSON-LD makes of them', async () => {
    const identifier = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/)
    const options = fc.record({
      type: fc.constant('DataIntegrityProof'),
      cryptosuite: fc.constantFrom('eddsa-rdfc-2022', 'ecdsa-rdfc-2019'),
      created: fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
      verificationMethod: fc
        .tuple(fc.constantFrom('key', 'web', 'webvh'), identifier, identifier)
        .map(([method, id, fragment]) => `did:${method}:${id}#${fragment}`),
      proofPurpose: fc.constant('assertionMethod'),
    })

    await fc.assert(
      fc.asyncProperty(options, fc.boolean(), async ({ created, ...rest }, isDated) => {
        const one: JsonObject = isDated ? { ...rest, created } : rest
        const quads = plainProofQuads(one, CONTEXT)

        if (quads !== undefined) expect(quads).toBe(await canonical(one))
      }),
      { numRuns: 60 },
    )
    expect(plainProofQuads(OPTIONS, CONTEXT)).toBe(await canonical(OPTIONS))
  })

  it('need no time', () => {
    const { created: _, ...undated } = OPTIONS

    expect(plainProofQuads(undated, CONTEXT)?.split('\n')).toHaveLength(5)
    expect(plainProofQuads(OPTIONS, CONTEXT)?.split('\n')).toHaveLength(6)
  })

  it.each<[string, object]>([
    ['another member', { domain: 'https://mail.example/' }],
    ['an end', { expires: '2026-11-22T09:01:00Z' }],
    ['another type', { type: 'Ed25519Signature2020' }],
    ['another purpose', { proofPurpose: 'authentication' }],
    ['a time that has to be read', { created: '2026-11-22T10:00:00+01:00' }],
    ['a time that would end its text', { created: '2026-11-22T09:00:00Z" .' }],
    ['a suite that would end its text', { cryptosuite: 'eddsa"' }],
    ['a method that would end its address', { verificationMethod: 'did:key:z6Mk#a> <b' }],
    ['a method that is no DID URL', { verificationMethod: 'key-1' }],
    ['a list of one time', { created: [OPTIONS.created] }],
    ['a list of one suite', { cryptosuite: [OPTIONS.cryptosuite] }],
    ['two types', { type: ['DataIntegrityProof', 'Other'] }],
  ])('are left to JSON-LD for options with %s', (_, change) => {
    expect(plainProofQuads({ ...OPTIONS, ...change }, CONTEXT)).toBeUndefined()
    expect(plainProofQuads(OPTIONS, CONTEXT)).toBeDefined()
  })

  it.each([
    ['other contexts', [VC_CONTEXT, 'https://www.w3.org/ns/credentials/examples/v2']],
    ['one more', [...CONTEXT, 'https://www.w3.org/ns/credentials/examples/v2']],
    ['another order', CONTEXT.toReversed()],
    ['none', undefined],
  ])('are left to JSON-LD under contexts that are not ours: %s', (_, context) => {
    expect(plainProofQuads(OPTIONS, context)).toBeUndefined()
  })
})
