import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { PROCURA_CONTEXT } from '../../src/model/credential.ts'
import type { ServedInstances } from '../../src/server/vc-api/serve-instances.ts'
import { genericCredential, genericPresentation } from '../helpers/generic-documents.ts'
import { type InstanceClient, instanceClient, serveForTests } from '../helpers/vc-api.ts'

const STATUS = 'https://www.w3.org/ns/credentials/status#'
const BASE = 'https://www.w3.org/ns/credentials/v2'
const LIST = 'https://id.example/status/r1'

let served: ServedInstances
let rdf: InstanceClient

beforeAll(async () => {
  served = await serveForTests()
  rdf = await instanceClient(served.origin, 'eddsa-rdfc-2022')
})
afterAll(() => served.close())

describe('somebody who may have an instance of the VC API issue, over canonical RDF', () => {
  const listBy = (type: string) =>
    genericCredential({ id: LIST, type: ['VerifiableCredential', type], issuer: rdf.did })

  it.each([
    ['a status list', `${STATUS}BitstringStatusListCredential`],
    ['a delegation', `${PROCURA_CONTEXT}#DelegationCredential`],
    ['an owner', `${PROCURA_CONTEXT}#OwnerCredential`],
  ])('does not get %s by writing the type as its address', async (_what, type) => {
    expect((await rdf.issue(listBy(type))).json.type).toBe('urn:procura:problem:not_issued_here')
    expect((await rdf.issue(listBy('https://other.example/#Diploma'))).status).toBe(201)
  })

  it('does not get one by writing the type at another node of the same id', async () => {
    const mentioning = (id: string, type: string) =>
      genericCredential({ id: LIST, issuer: rdf.did, evidence: [{ id, type: [type] }] })
    const list = 'BitstringStatusListCredential'

    expect((await rdf.issue(mentioning(LIST, list))).json.type).toBe('urn:procura:problem:not_issued_here')
    expect((await rdf.issue(mentioning(`${LIST}#scan`, 'https://other.example/#Scan'))).status).toBe(201)
  })

  it('does not get one by making up names for what chains are made of [CP-10]', async () => {
    const named = (context: JsonObject) => genericCredential({ issuer: rdf.did, '@context': [BASE, context] })

    for (const address of [`${PROCURA_CONTEXT}#agentId`, `${PROCURA_CONTEXT}#`, 'https://w3id.org/']) {
      expect((await rdf.issue(named({ badge: address }))).status).toBe(400)
      expect((await rdf.issue(named({ '@vocab': address }))).status).toBe(400)
    }
    expect((await rdf.issue(named({ badge: 'https://other.example/#badge' }))).status).toBe(201)
  })
})

describe('somebody who holds a credential that names itself, secured over canonical RDF', () => {
  it('cannot move its status to where nobody reads it', async () => {
    const self = genericCredential({ id: LIST, issuer: rdf.did, credentialSubject: { id: LIST } })
    const { verifiableCredential: document } = (await rdf.issue(self)).json
    const { credentialStatus, ...rest } = document
    expect((await rdf.verify(document)).json.verified).toBe(true)
    await rdf.post('credentials/status', {
      credentialId: LIST,
      credentialStatus: { statusPurpose: 'revocation' },
    })
    expect((await rdf.verify(document)).json.verified).toBe(false)

    const again = { id: LIST, type: ['VerifiableCredential'], credentialStatus }
    const moved = { ...rest, credentialSubject: again }
    expect((await rdf.verify(moved)).json.verified).toBe(false)
  })
})

it('an instance that hides claims answers for those that it cannot hide, as for any other fault', async () => {
  const sdJwt = await instanceClient(served.origin, 'vc-sd-jwt')
  const claiming = (claims: JsonObject) =>
    genericCredential({ issuer: sdJwt.did, credentialSubject: { id: 'urn:example:1', ...claims } })

  expect((await sdJwt.issue(claiming({ _sd: ['a'] }))).status).toBe(400)
  expect((await sdJwt.issue(claiming({ name: 'a' }))).status).toBe(201)
})

it('an instance presents nothing with the claims of a token: it would make tokens that say what a caller wants [SM-07]', async () => {
  const jose = await instanceClient(served.origin, 'vc-jose')
  const present = async (claims: JsonObject) => {
    const presentation = { ...genericPresentation(), ...claims }
    return (await jose.post('presentations', { presentation })).status
  }

  expect(await present({ iss: jose.did, aud: 'https://mail.example/', iat: 1, exp: 300 })).toBe(400)
  expect(await present({})).toBe(201)
})
