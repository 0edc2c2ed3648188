import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import * as eddsaRdfc from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTEXTS } from '../../src/securing/data-integrity/contexts.ts'
import type { ServedInstances } from '../../src/server/vc-api/serve-instances.ts'
import { BASE_CONTEXT, genericCredential, genericPresentation } from '../helpers/generic-documents.ts'
import { type InstanceClient, instanceClient, serveForTests } from '../helpers/vc-api.ts'

/*
 * The public suites make what they send with Digital Bazaar's packages, and read with them what an instance issued. The
 * same is done here, in both directions.
 */

const EXAMPLES = 'https://www.w3.org/ns/credentials/examples/v2'
const ASKED = { domain: 'github.com/w3c/vc-data-model-2.0-test-suite', challenge: 'uAAAA' }

let served: ServedInstances
let instance: InstanceClient
let did: string
let suite: DataIntegrityProof

beforeAll(async () => {
  served = await serveForTests()
  instance = await instanceClient(served.origin, 'eddsa-rdfc-2022')
  const key = await ed25519Multikey.generate()
  did = `did:key:${key.publicKeyMultibase}`
  key.controller = did
  key.id = `${did}#${key.publicKeyMultibase}`
  suite = new DataIntegrityProof({ cryptosuite: eddsaRdfc.cryptosuite, signer: key.signer() })
})

afterAll(() => served.close())

const documentLoader: vc.DocumentLoader = async (url) => {
  const context = url === EXAMPLES ? { '@vocab': `${EXAMPLES.replace('/v2', '')}#` } : CONTEXTS.get(url)
  const document = context === undefined ? didKey(url) : { '@context': context }
  return { contextUrl: null, document: structuredClone(document), documentUrl: url }
}

function didKey(url: string): object {
  const [controller = '', fragment] = url.split('#')
  const publicKeyMultibase = controller.slice('did:key:'.length)
  const id = `${controller}#${publicKeyMultibase}`
  const key = {
    '@context': 'https://w3id.org/security/multikey/v1',
    id,
    type: 'Multikey',
    controller,
    publicKeyMultibase,
  }
  if (fragment !== undefined) return key
  return {
    '@context': 'https://www.w3.org/ns/did/v1',
    id: controller,
    assertionMethod: [id],
    authentication: [id],
  }
}

function theirCredential(members: Parameters<typeof genericCredential>[0] = {}) {
  const credential = genericCredential({ issuer: did, ...members })
  return vc.issue({ credential, suite, documentLoader })
}

describe('an instance of eddsa-rdfc-2022', () => {
  it.each<[string, Parameters<typeof genericCredential>[0]]>([
    ['of the base context', {}],
    [
      'of the examples context',
      { '@context': [BASE_CONTEXT, EXAMPLES], credentialSubject: { id: 'did:a:b', alumniOf: 'x' } },
    ],
    [
      'with a term of its own',
      { '@context': [BASE_CONTEXT, { age: 'https://example.org/#age' }], credentialSubject: { age: 4 } },
    ],
  ])('verifies a credential of Digital Bazaar’s %s', async (_, members) => {
    expect((await instance.verify(await theirCredential(members))).json.verified).toBe(true)
  })

  it('issues credentials that Digital Bazaar’s verifier accepts', async () => {
    const { json } = await instance.issue(genericCredential({ issuer: instance.did, name: 'A name' }))
    const credential = json.verifiableCredential
    const checkStatus = async () => ({ verified: true })
    const proof = new DataIntegrityProof({ cryptosuite: eddsaRdfc.cryptosuite })
    const options = { credential, suite: proof, documentLoader, checkStatus }

    expect((await vc.verifyCredential(options)).verified).toBe(true)
    expect(
      (await vc.verifyCredential({ ...options, credential: { ...credential, name: 'Another' } })).verified,
    ).toBe(false)
  })

  it.each<[string, (own: object) => Parameters<typeof genericPresentation>[0]]>([
    ['of nothing', () => ({ verifiableCredential: [] })],
    ['with its holder', () => ({ holder: did })],
    ['of its own credentials', (own) => ({ holder: did, verifiableCredential: [{ ...own }] })],
  ])(
    'verifies a presentation of Digital Bazaar’s, %s, whether it is asked for the challenge or not',
    async (_, members) => {
      const presentation = genericPresentation(members(await theirCredential()))
      const signed = await vc.signPresentation({ presentation, suite, documentLoader, ...ASKED })
      const answers = [
        await instance.verifyPresentation(signed, { checks: [] }),
        await instance.verifyPresentation(signed, ASKED),
        await instance.verifyPresentation(signed, { ...ASKED, challenge: 'uBBBB' }),
        await instance.verifyPresentation({ ...signed, id: 'urn:forged:1' }, ASKED),
      ]

      expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 400])
    },
  )
})
