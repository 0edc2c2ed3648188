import { createHash } from 'node:crypto'
import { describe, expect, it, type TestContext } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../src/core/bytes.ts'
import { encodeJcs } from '../../src/core/jcs.ts'
import { type Json, type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import { decodeMultibaseBase58 } from '../../src/core/multibase.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { canonicalizeRdf } from '../../src/securing/data-integrity/canonicalize-rdf.ts'
import { CONTEXTS } from '../../src/securing/data-integrity/contexts.ts'
import type { FurtherContexts } from '../../src/securing/data-integrity/further-contexts.ts'
import { hashData } from '../../src/securing/data-integrity/hash-data.ts'
import {
  parseSecuredDocument,
  type SecuredDocument,
} from '../../src/securing/data-integrity/secured-document.ts'
import { type VerifyProofsOptions, verifyProofs } from '../../src/securing/data-integrity/verify-proofs.ts'
import { verifyCompactJws } from '../../src/securing/vc-jose/compact-jws.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'
import { fromHex, readVectors } from '../helpers/vectors.ts'
import { SOURCES } from './sources.ts'

const NOW = Date.UTC(2026, 10, 22, 9)
const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2'
/** Not among the vectors; proofs have no term of it. */
const CITIZENSHIP = 'https://w3id.org/citizenship/v4rc1'

/** One directory of vectors: a signed document and every step to its signature. */
interface Steps {
  readonly source: 'w3cVcDiEddsa' | 'w3cVcDiEcdsa'
  readonly directory: string
  /** The end of every file's name. */
  readonly suffix: string
  /** Whether the contexts of the document are there. */
  readonly isWhole: boolean
}

const STEPS: readonly Steps[] = [
  { source: 'w3cVcDiEddsa', directory: 'eddsa-jcs-2022', suffix: 'JCS', isWhole: true },
  { source: 'w3cVcDiEddsa', directory: 'eddsa-rdfc-2022', suffix: 'DataInt', isWhole: true },
  { source: 'w3cVcDiEddsa', directory: 'eddsa-rdfc-2022/employ', suffix: 'DataInt', isWhole: false },
  { source: 'w3cVcDiEcdsa', directory: 'ecdsa-jcs-2019-p256', suffix: 'JCSECDSAP256', isWhole: true },
  { source: 'w3cVcDiEcdsa', directory: 'ecdsa-rdfc-2019-p256', suffix: 'ECDSAP256', isWhole: true },
  { source: 'w3cVcDiEcdsa', directory: 'ecdsa-rdfc-2019-p256/employ', suffix: 'ECDSAP256', isWhole: false },
]

function json(text: string): JsonObject {
  const parsed = parseStrictJson(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new Error('no object')
  return parsed as JsonObject
}

function contexts(ctx: TestContext): FurtherContexts {
  const examples = json(readVectors(ctx, 'w3c-contexts/contexts/credentials/examples/v2'))['@context'] ?? null
  const byAddress = new Map<string, Json>([
    [EXAMPLES, examples],
    [CITIZENSHIP, {}],
  ])
  return { byAddress }
}

function file(ctx: TestContext, { source, directory, suffix }: Steps, name: string, type = 'txt'): string {
  return readVectors(ctx, `${SOURCES[source].folder}/TestVectors/${directory}/${name}${suffix}.${type}`)
}

function verifying(ctx: TestContext): VerifyProofsOptions {
  return { proofPurpose: 'assertionMethod', resolver: createDidResolver(), now: NOW, contexts: contexts(ctx) }
}

function securedIn(text: string): SecuredDocument {
  return acceptedValue(parseSecuredDocument(json(text)))
}

async function canonical(document: JsonObject, suite: string, further: FurtherContexts): Promise<string> {
  if (suite.includes('jcs')) return decodeUtf8(encodeJcs(document)) ?? ''
  return acceptedValue(await canonicalizeRdf(document, further))
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(encodeUtf8(text)).digest('hex')
}

describe.each(['w3cVcDiEddsa', 'w3cVcDiEcdsa'] as const)('the vectors of %s', (source) => {
  const steps = STEPS.filter((one) => one.source === source)
  const { cases } = SOURCES[source]

  it('have the same canonical forms', async (ctx) => {
    const further = contexts(ctx)
    let forms = 0
    for (const step of steps) {
      const { document, proofs } = securedIn(file(ctx, step, 'signed', 'json'))
      const [{ options, proof }] = proofs
      const config = json(file(ctx, step, 'proofConfig', 'json'))

      expect({ ...options, '@context': document['@context'] }, step.directory).toEqual(config)
      expect(await canonical(config, proof.cryptosuite, further)).toBe(file(ctx, step, 'proofCanon'))
      forms++
      if (!step.isWhole) continue
      const unsigned = json(readVectors(ctx, `${SOURCES[source].folder}/TestVectors/unsigned.json`))
      expect(document, step.directory).toEqual(unsigned)
      expect(await canonical(document, proof.cryptosuite, further)).toBe(file(ctx, step, 'canonDoc'))
      forms++
    }
    expect(forms).toBe(cases.canonicalForms)
  })

  it('have the same hashes, of which the signatures are good', async (ctx) => {
    const further = contexts(ctx)
    let signatures = 0
    for (const step of steps) {
      const [{ proof, options, document }] = securedIn(file(ctx, step, 'signed', 'json')).proofs
      const proofHash = sha256Hex(file(ctx, step, 'proofCanon'))
      const docHash = sha256Hex(file(ctx, step, 'canonDoc'))
      const hashes = fromHex(proofHash + docHash)

      expect(file(ctx, step, 'proofHash').trim()).toBe(proofHash)
      expect(file(ctx, step, 'docHash').trim()).toBe(docHash)
      expect(file(ctx, step, 'combinedHash').trim()).toBe(proofHash + docHash)
      expect(decodeMultibaseBase58(file(ctx, step, 'sigBTC58').trim())).toEqual(proof.signature)
      expect(fromHex(file(ctx, step, 'sigHex').trim())).toEqual(proof.signature)
      if (step.isWhole) {
        const provable = { options, document }
        expect(acceptedValue(await hashData(proof.cryptosuite, provable, further))).toEqual(hashes)
      }
      const algorithm = source === 'w3cVcDiEddsa' ? 'EdDSA' : 'ES256'
      const resolved = acceptedValue(
        await createDidResolver().resolve(proof.verificationMethod.split('#')[0] ?? ''),
      )
      const key = resolved.verificationMethods[0]
      if (key === undefined) throw new Error('no key')
      const jws = { algorithm, signature: proof.signature, signingInput: hashes } as const
      expect(outcomeOf(await verifyCompactJws(jws, key)), step.directory).toBe('accepted')
      signatures++
    }
    expect(signatures).toBe(cases.signatures)
  })

  it('verify as documents, and do not when a word is changed', async (ctx) => {
    const options = verifying(ctx)
    for (const step of steps.filter(({ isWhole }) => isWhole)) {
      const text = file(ctx, step, 'signed', 'json')
      const changed = text.replace('The School of Examples', 'Another School')

      expect(outcomeOf(await verifyProofs(securedIn(text).proofs, options)), step.directory).toBe('accepted')
      expect(outcomeOf(await verifyProofs(securedIn(changed).proofs, options))).toBe('signature_invalid')
    }
  })
})

describe('the proof sets and chains of vc-di-eddsa', () => {
  const read = (ctx: TestContext, name: string) =>
    readVectors(ctx, `w3c-vc-di-eddsa/TestVectors/proof-set-chain/${name}.json`)

  it('verify, each proof over what it covers', async (ctx) => {
    const options = verifying(ctx)
    const keys = Object.values(JSON.parse(read(ctx, 'multiKeyPairs'))) as { publicKeyMultibase: string }[]
    let proofs = 0
    for (const name of ['signedProofSet1', 'signedProofSet2', 'signedProofChain1', 'signedProofChain2']) {
      const secured = securedIn(read(ctx, name))
      const verified = acceptedValue(await verifyProofs(secured.proofs, options))

      expect(
        verified.map(({ controller }) => controller.slice('did:key:'.length)),
        name,
      ).toEqual(keys.slice(0, verified.length).map(({ publicKeyMultibase }) => publicKeyMultibase))
      proofs += verified.length
    }
    expect(proofs).toBe(SOURCES.w3cVcDiEddsa.cases.proofsOfSetsAndChains)
  })

  it('are taken apart as the vectors do it: options of each proof, and the document with the proofs before', (ctx) => {
    const whole = read(ctx, 'signedProofChain2')
    const { document, proofs } = securedIn(whole)
    const names = ['proofSetConfig1', 'proofSetConfig2', 'proofChainConfig1', 'proofChainConfig2']
    const withoutContext = ({ '@context': _, ...rest }: JsonObject): JsonObject => rest

    expect(document).toEqual(json(read(ctx, 'unsigned')))
    expect(proofs.map(({ options }) => options)).toEqual(
      names.map((name) => withoutContext(json(read(ctx, name)))),
    )
    expect(json(whole).proof).toEqual(
      names.map((name) => withoutContext(json(read(ctx, name.replace(/\d/, 'Signed$&'))))),
    )
    expect(proofs.map((one) => one.document)).toEqual([
      document,
      document,
      json(read(ctx, 'proofChainTempDoc1')),
      json(read(ctx, 'proofChainTempDoc2')),
    ])
  })

  it('do not verify when a previous proof is exchanged', async (ctx) => {
    const options = verifying(ctx)
    const chain = read(ctx, 'signedProofChain1')
    const swapped = chain
      .replace('"id": "urn:uuid:26329423', '"id": "urn:uuid:0')
      .replace('"id": "urn:uuid:8cc9022b', '"id": "urn:uuid:26329423')

    expect(outcomeOf(await verifyProofs(securedIn(chain).proofs, options))).toBe('accepted')
    expect(outcomeOf(parseSecuredDocument(json(swapped)))).toBe('malformed proof.previousProof')
  })
})

describe('the contexts that W3C published', () => {
  it('have the content that ours have, in other bytes', (ctx) => {
    const published: readonly (readonly [string, string])[] = [
      ['https://www.w3.org/ns/credentials/v2', 'w3c-contexts/contexts/credentials/v2'],
      ['https://www.w3.org/2018/credentials/v1', 'w3c-contexts/contexts/credentials/v1'],
      ['https://w3id.org/security/data-integrity/v1', 'w3c-contexts/contexts/data-integrity/v1'],
      ['https://w3id.org/security/data-integrity/v2', 'w3c-contexts/contexts/data-integrity/v2'],
      ['https://w3id.org/security/multikey/v1', 'w3c-contexts/contexts/multikey/v1'],
      ['https://www.w3.org/ns/credentials/status/v1', 'w3c-bitstring/contexts/v1.jsonld'],
    ]

    expect(published).toHaveLength(SOURCES.w3cContexts.cases.contexts + SOURCES.w3cBitstring.cases.contexts)
    for (const [url, path] of published)
      expect(CONTEXTS.get(url), url).toEqual(json(readVectors(ctx, path))['@context'])
  })

  it('are the bytes whose hash the recommendation prints (VCDM 2.0 appendix B.1)', (ctx) => {
    const bytes = readVectors(ctx, 'w3c-contexts/contexts/credentials/v2')

    expect(sha256Hex(bytes)).toBe('59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734')
  })
})
