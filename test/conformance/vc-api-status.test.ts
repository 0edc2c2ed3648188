import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { FORMS } from '../../src/server/vc-api/forms.ts'
import type { ServedInstances } from '../../src/server/vc-api/serve-instances.ts'
import { genericCredential } from '../helpers/generic-documents.ts'
import { type InstanceClient, instanceClient, serveForTests } from '../helpers/vc-api.ts'

/*
 * What the W3C test suite of Bitstring Status List asks, and what no public suite asks: that a status that is bad, or
 * that is not known, is never taken for a good one. Sections are those of the recommendation.
 */

const STATUS = 'https://www.w3.org/ns/credentials/status-list#'
const MALFORMED = 'https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR'

let served: ServedInstances
let instance: InstanceClient

beforeAll(async () => {
  served = await serveForTests()
  instance = await instanceClient(served.origin, 'eddsa-rdfc-2022')
})

afterAll(() => served.close())

interface Issued {
  readonly credential: JsonObject
  readonly entry: Record<string, string>
}

async function issue(client: InstanceClient, id?: string): Promise<Issued> {
  const { json } = await client.issue(genericCredential({ issuer: client.did, id }))
  const { verifiableCredential: credential } = json
  const payload = credential.id?.startsWith('data:')
    ? JSON.parse(Buffer.from(credential.id.split(',')[1].split('.')[1], 'base64url').toString())
    : credential
  return { credential, entry: payload.credentialStatus }
}

async function listOf({ entry }: Issued) {
  const response = await fetch(entry.statusListCredential ?? '')
  return { type: response.headers.get('content-type'), json: await response.json() }
}

function bits(list: { credentialSubject: { encodedList: string } }): Buffer {
  return gunzipSync(Buffer.from(list.credentialSubject.encodedList.slice(1), 'base64url'))
}

describe.each(FORMS)('the status of what %s issues', (form) => {
  it('is an entry with a list that is there (§2.1, §2.2)', async () => {
    const client = await instanceClient(served.origin, form)
    const issued = await issue(client)
    const { type, json } = await listOf(issued)

    expect(issued.entry).toEqual({
      id: expect.stringMatching(/#\d+$/),
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: expect.stringMatching(/^(0|[1-9]\d*)$/),
      statusListCredential: expect.stringMatching(/\/status-lists\/r1$/),
    })
    expect(type).toBe('application/json')
    expect(json).toMatchObject({
      id: issued.entry.statusListCredential,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: client.did,
      proof: { type: 'DataIntegrityProof' },
    })
    expect(Object.keys(json.credentialSubject).sort()).toEqual(['encodedList', 'id', 'statusPurpose', 'type'])
    expect(json.credentialSubject.encodedList[0]).toBe('u')
    expect(bits(json)).toHaveLength(16_384)
    expect((await client.verify(json)).json.verified).toBe(true)
  })

  it('is bad once it was revoked: in the list, and at verification (§3.2)', async () => {
    const client = await instanceClient(served.origin, form)
    const id = `urn:uuid:${crypto.randomUUID()}`
    const issued = await issue(client, id)
    const before = await client.verify(issued.credential)
    const update = await client.post('credentials/status', {
      credentialId: id,
      credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose: 'revocation' },
    })
    const published = await client.post('status-lists/r1/publish', {})
    const { json } = await listOf(issued)
    const index = Number(issued.entry.statusListIndex)
    const after = await client.verify(issued.credential)

    expect([before.status, update.status, published.status, after.status]).toEqual([200, 200, 204, 400])
    expect((bits(json)[index >> 3] ?? 0) & (0x80 >> (index & 7))).not.toBe(0)
    expect(after.json.problemDetails).toEqual([
      expect.objectContaining({ type: 'urn:procura:problem:revoked' }),
    ])
  })
})

describe('changing a status', () => {
  it('revokes by the entry of a credential that has no id', async () => {
    const issued = await issue(instance)
    const { status } = await instance.post('credentials/status', {
      credentialStatus: issued.entry,
      status: true,
    })

    expect(status).toBe(200)
    expect((await instance.verify(issued.credential)).status).toBe(400)
  })

  it.each<[string, JsonObject, number]>([
    ['a credential that was not issued here', { credentialId: 'urn:uuid:unknown' }, 404],
    ['nothing', {}, 400],
    ['a revocation that is to be taken back', { credentialId: 'urn:uuid:1', status: false }, 400],
    [
      'another purpose',
      { credentialId: 'urn:uuid:1', credentialStatus: { statusPurpose: 'suspension' } },
      400,
    ],
    ['an entry that is malformed', { credentialStatus: { statusListCredential: 'https://a.example/' } }, 400],
    [
      'an index that nobody has',
      { credentialStatus: { statusListCredential: 'https://a.example/r1', statusListIndex: '1' } },
      404,
    ],
  ])('refuses %s', async (_, body, status) => {
    expect((await instance.post('credentials/status', body)).status).toBe(status)
  })

  it('answers 404 for a list that does not exist', async () => {
    expect((await instance.get('status-lists/r9')).status).toBe(404)
    expect((await instance.post('status-lists/r9/publish', {})).status).toBe(404)
    expect((await instance.get('status-lists')).json.statusLists).toHaveLength(1)
  })
})

describe('a status entry that an issuer is given (§3: MALFORMED_VALUE_ERROR)', () => {
  const entry = {
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: '1',
    statusListCredential: 'https://a.example/r1',
  }

  it.each<[string, Record<string, Json>]>([
    ['an index that is no text', { statusListIndex: true }],
    ['an index that is no integer', { statusListIndex: '1e3' }],
    ['an index below 0', { statusListIndex: '-1' }],
    ['a purpose that is no text', { statusPurpose: ['revocation'] }],
    ['a list that is no URL', { statusListCredential: 'r1' }],
    ['the id of the list', { id: 'https://a.example/r1' }],
    ['a size that is not understood', { statusSize: 2 }],
  ])('is refused with %s', async (_, members) => {
    const credentialStatus = { ...entry, ...members }
    const { status, json } = await instance.issue(
      genericCredential({ issuer: instance.did, credentialStatus }),
    )

    expect([status, json.problemDetails[0].type]).toEqual([400, MALFORMED])
  })

  it('stays beside the one that the instance adds', async () => {
    const { json } = await instance.issue(
      genericCredential({ issuer: instance.did, credentialStatus: entry }),
    )

    expect(json.verifiableCredential.credentialStatus).toHaveLength(2)
  })

  it.each<[string, JsonObject]>([
    ['whose list is none of ours: it is not fetched', entry],
    ['of another type', { id: 'urn:a:1', type: 'https://a.example/#Other' }],
  ])('is refused at verification, %s', async (_, credentialStatus) => {
    const { json } = await instance.issue(genericCredential({ issuer: instance.did, credentialStatus }))
    const verified = await instance.verify(json.verifiableCredential)

    expect([verified.status, verified.json.problemDetails[0].type]).toEqual([
      400,
      `${STATUS}STATUS_RETRIEVAL_ERROR`,
    ])
  })

  it.each<[string, Record<string, Json>, string]>([
    ['another purpose than its list', { statusPurpose: 'suspension' }, `${STATUS}STATUS_VERIFICATION_ERROR`],
    [
      'an index outside of its list',
      { statusListIndex: '131072' },
      'https://www.w3.org/TR/vc-data-model#RANGE_ERROR',
    ],
  ])('is refused at verification with %s', async (_, members, type) => {
    const own = {
      ...entry,
      statusListCredential: `${served.origin}/instances/vc-jose/status-lists/r1`,
      ...members,
    }
    const { json } = await instance.issue(genericCredential({ issuer: instance.did, credentialStatus: own }))
    const verified = await instance.verify(json.verifiableCredential)

    expect([verified.status, verified.json.problemDetails[0].type]).toEqual([400, type])
  })
})
