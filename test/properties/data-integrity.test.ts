import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeJcs } from '../../src/core/jcs.ts'
import { isJsonObject, type Json, type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import { openLink } from '../../src/delegation/open-link.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import { CRYPTOSUITES } from '../../src/model/chain.ts'
import type { ChainCredential } from '../../src/model/credential.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import { canonicalizeRdf } from '../../src/securing/data-integrity/canonicalize-rdf.ts'
import { parseVcDataIntegrity } from '../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import { signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { verifyDataIntegrity } from '../../src/securing/data-integrity/verify.ts'
import { anyAgentCredential, anyDerivedCredential, anyOwnerCredential } from '../helpers/arbitraries.ts'
import { acceptedValue, alice, outcomeOf } from '../helpers/signers.ts'
import { didOf, ownerBy, resolver, sign, signerOf } from '../securing/data-integrity/fixtures.ts'

const NOW = Date.UTC(2026, 10, 22, 9)

const anyCredential: fc.Arbitrary<ChainCredential> = fc.oneof(
  anyOwnerCredential,
  anyAgentCredential,
  anyDerivedCredential,
)

/** The same credential by one of the signers of these tests. */
function by(credential: ChainCredential, suite: (typeof CRYPTOSUITES)[number]): ChainCredential {
  return { ...credential, issuer: didOf(signerOf(suite)) }
}

describe.each(CRYPTOSUITES)('any credential of a chain with %s', (suite) => {
  it('is read back as it was signed, and its proof is good', async () => {
    await fc.assert(
      fc.asyncProperty(anyCredential, async (drawn) => {
        const credential = by(drawn, suite)
        const document = await sign(credentialToJson(credential), suite)

        const link = acceptedValue(parseVcDataIntegrity(JSON.stringify(document)))

        expect(link.credential).toEqual(credential)
        expect(outcomeOf(await openLink(link, { resolver }))).toBe('accepted')
      }),
      { numRuns: suite.includes('rdfc') ? 25 : 100 },
    )
  })
})

describe('the canonical RDF of credentials', () => {
  it('is the same only for the same credential', async () => {
    const rdfOf = async (credential: ChainCredential) =>
      acceptedValue(await canonicalizeRdf(credentialToJson(credential)))

    await fc.assert(
      fc.asyncProperty(anyCredential, anyCredential, fc.boolean(), async (one, other, mixed) => {
        const second = mixed ? mix(one, other) : one
        const isSame = Buffer.compare(jcsOf(one), jcsOf(second)) === 0

        expect((await rdfOf(one)) === (await rdfOf(second))).toBe(isSame)
      }),
      { numRuns: 40 },
    )
  })

  function jcsOf(credential: ChainCredential): Uint8Array {
    return encodeJcs(credentialToJson(credential))
  }

  /** The first credential with the grants of the second, where it may have them. */
  function mix(one: ChainCredential, other: ChainCredential): ChainCredential {
    const { authorizationDetails } = other.subject
    const subject =
      authorizationDetails === 'inherit' ? one.subject : { ...one.subject, authorizationDetails }
    return { ...one, subject } as ChainCredential
  }
})

/** JSON that strict JSON reads and JCS writes. */
const anyJson: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => parseStrictJson(JSON.stringify(value)) ?? null)

describe('any document with a proof of a JCS suite', () => {
  const anyDocument: fc.Arbitrary<JsonObject> = fc
    .dictionary(
      fc.string().filter((name) => !['proof', '@context', 'issuer', 'holder', '__proto__'].includes(name)),
      anyJson,
    )
    .filter((document) => parseStrictJson(JSON.stringify(document)) !== undefined)

  const verify = async (document: JsonObject) =>
    outcomeOf(await verifyDataIntegrity(document, { proofPurpose: 'assertionMethod', resolver, now: NOW }))

  const signed = (document: JsonObject) =>
    signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer: alice })

  it('verifies, in any order of its members, and not with another member', async () => {
    await fc.assert(
      fc.asyncProperty(anyDocument, fc.string(), anyJson, async (document, name, value) => {
        const whole = await signed(document)
        const reordered = Object.fromEntries(Object.entries(whole).toReversed())
        fc.pre(name !== 'proof' && !Object.hasOwn(document, name))

        expect(await verify(whole)).toBe('accepted')
        expect(await verify(reordered as JsonObject)).toBe('accepted')
        expect(
          await verify(Object.fromEntries([...Object.entries(whole), [name, value]]) as JsonObject),
        ).not.toBe('accepted')
      }),
    )
  })
})

describe('hostile input', () => {
  const texts = Promise.all(CRYPTOSUITES.map((suite) => sign(ownerBy(signerOf(suite)), suite))).then(
    (documents) => documents.map((document) => JSON.stringify(document)),
  )

  it('is refused with a code and never throws: any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"proof":${json}}`),
        ),
        (text) => {
          const link = parseVcDataIntegrity(text)

          expect(link.verified ? 'verified' : link.refusal.code).toBeOneOf([...REFUSAL_CODES])
        },
      ),
    )
  })

  it('is refused with a code and never throws: a signed document with a part replaced', async () => {
    const [text = '', ...others] = await texts
    const part = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('"', '{', '[', ',', 'null', '"@id":1,', '\u0000'),
    )

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(text, ...others),
        fc.nat(4000),
        fc.nat(20),
        part,
        async (document, at, length, inserted) => {
          const start = at % document.length
          const changed = document.slice(0, start) + inserted + document.slice(start + length)
          const link = parseVcDataIntegrity(changed)
          const json = parseStrictJson(changed)

          const outcomes = [link.verified ? await openLink(link.value, { resolver }) : link]
          if (isJsonObject(json)) {
            const options = { proofPurpose: 'assertionMethod', resolver, now: NOW } as const
            outcomes.push((await verifyDataIntegrity(json, options)) as (typeof outcomes)[number])
          }

          for (const outcome of outcomes)
            if (!outcome.verified) expect(outcome.refusal.code).toBeOneOf([...REFUSAL_CODES])
        },
      ),
    )
  })
})
