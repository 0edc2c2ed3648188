import { describe, expect, it, onTestFinished } from 'vitest'
import type { Fetch } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { encodeDidKey } from '../../../src/did/did-key.ts'
import { signDataIntegrity } from '../../../src/securing/data-integrity/sign.ts'
import { createLocalSigner, generateKey } from '../../../src/securing/vc-jose/local-signer.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { createBits, writeBit } from '../../../src/status/bitstring.ts'
import { buildStatusListCredential } from '../../../src/status/sign-status-list.ts'
import { genericCredential } from '../../helpers/generic-documents.ts'
import { instanceClient, serveForTests } from '../../helpers/vc-api.ts'

const ORIGIN = 'https://lists.example/status/'
const LIST = `${ORIGIN}r1`
const STATUS = 'https://www.w3.org/ns/credentials/status-list#'

const signer = await createLocalSigner(await generateKey('Ed25519'))
const issuer = encodeDidKey(signer.publicKey)

/** The list of another service, in which index 7 is set. */
async function list(changes: JsonObject = {}): Promise<JsonObject> {
  const bits = createBits()
  writeBit(bits, 7, true)
  const validFrom = Date.now()
  const built = await buildStatusListCredential({
    url: LIST,
    statusIssuer: issuer,
    purpose: 'revocation',
    bits,
    validFrom,
  })
  return { ...built, ...changes }
}

function prove(document: JsonObject): Promise<JsonObject> {
  return signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer })
}

/** What becomes of a credential with an entry in that list; and what was fetched. */
async function verify(fetch: Fetch, entry: JsonObject = {}, statusOrigins: readonly string[] = [ORIGIN]) {
  const asked: string[] = []
  const recording: Fetch = (input, init) => {
    asked.push(String(input))
    return fetch(input, init)
  }
  const served = await serveForTests({ statusOrigins, fetch: recording })
  onTestFinished(() => served.close())
  const client = await instanceClient(served.origin, 'eddsa-jcs-2022')
  const credentialStatus = {
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: '6',
    statusListCredential: LIST,
    ...entry,
  }
  const { json } = await client.issue(genericCredential({ credentialStatus }))
  const answer = await client.verify(json.verifiableCredential)
  return { outcome: answer.json.verified ? 'verified' : answer.json.problemDetails[0].type, asked }
}

function answering(body: unknown): Fetch {
  return async () => new Response(typeof body === 'string' ? body : JSON.stringify(body))
}

describe('a status list of another service', () => {
  it('is read where the operator allows its origin: with a proof, or as a JWT', async () => {
    const proven = answering(await prove(await list()))
    const token = answering(await signCompactJws({ typ: 'vc+jwt', payload: await list(), signer }))

    expect((await verify(proven)).outcome).toBe('verified')
    expect((await verify(token)).outcome).toBe('verified')
    expect((await verify(proven, { statusListIndex: '7' })).outcome).toBe('urn:procura:problem:revoked')
  })

  it.each([
    ['no origin', []],
    ['another origin', ['https://other.example/']],
    ['a path that only begins alike', ['https://lists.example/stat']],
  ])('is never asked for where the operator allows %s', async (_, statusOrigins) => {
    const { outcome, asked } = await verify(answering(await prove(await list())), {}, statusOrigins)

    expect([outcome, asked]).toEqual([`${STATUS}STATUS_RETRIEVAL_ERROR`, []])
  })

  it('is not believed when it cannot be had', async () => {
    const gone: Fetch = async () => new Response('gone', { status: 404 })
    const moved: Fetch = async () =>
      new Response(null, { status: 302, headers: { location: 'http://10.0.0.1/' } })
    const silent: Fetch = () => Promise.reject(new TypeError('no route'))
    const outcomes = await Promise.all(
      [gone, moved, silent].map(async (fetch) => (await verify(fetch)).outcome),
    )

    expect(new Set(outcomes)).toEqual(new Set([`${STATUS}STATUS_RETRIEVAL_ERROR`]))
  })

  it.each<[string, () => Promise<unknown>]>([
    ['has no proof', () => list()],
    ['was changed', async () => ({ ...(await prove(await list())), validFrom: '2020-01-01T00:00:00Z' })],
    ['has another address', async () => prove(await list({ id: `${ORIGIN}r2` }))],
    ['is of another type', async () => prove(await list({ type: ['VerifiableCredential'] }))],
    [
      'has ended',
      async () =>
        prove(await list({ validFrom: '2020-01-01T00:00:00Z', validUntil: '2020-01-02T00:00:00Z' })),
    ],
    [
      'is to come',
      async () =>
        prove(await list({ validFrom: '2098-01-01T00:00:00Z', validUntil: '2099-01-01T00:00:00Z' })),
    ],
    ['says nothing', async () => prove(await list({ credentialSubject: { id: `${LIST}#list` } }))],
    [
      'has bits that cannot be read',
      async () =>
        prove(
          await list({
            credentialSubject: {
              type: 'BitstringStatusList',
              statusPurpose: 'revocation',
              encodedList: 'uAAAA',
            },
          }),
        ),
    ],
    [
      'has no bits',
      async () =>
        prove(
          await list({ credentialSubject: { type: 'BitstringStatusList', statusPurpose: 'revocation' } }),
        ),
    ],
    ['is no document', async () => '{]'],
    ['is no token', async () => 'eyJ.eyJ.c2ln'],
  ])('is not believed when it %s', async (_, make) => {
    expect((await verify(answering(await make()))).outcome).toBe(`${STATUS}STATUS_VERIFICATION_ERROR`)
  })

  it('is not believed about another purpose, nor beyond its end', async () => {
    const proven = answering(await prove(await list()))

    expect((await verify(proven, { statusPurpose: 'suspension' })).outcome).toBe(
      `${STATUS}STATUS_VERIFICATION_ERROR`,
    )
    expect((await verify(proven, { statusListIndex: '131072' })).outcome).toMatch(/#RANGE_ERROR$/)
  })

  it('tells a suspension from a revocation', async () => {
    const { credentialSubject, ...rest } = await list()
    const suspending = {
      ...rest,
      credentialSubject: { ...(credentialSubject as JsonObject), statusPurpose: ['suspension'] },
    }
    const entry = { statusPurpose: 'suspension', statusListIndex: '7' }

    expect((await verify(answering(await prove(suspending)), entry)).outcome).toBe(
      'urn:procura:problem:suspended',
    )
  })

  it('has an origin that the operator wrote as it must be', async () => {
    const served = serveForTests({ statusOrigins: ['http://lists.example/'] })

    await expect(served).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
  })
})

describe('the status entries of one credential', () => {
  it('are few', async () => {
    const served = await serveForTests()
    onTestFinished(() => served.close())
    const client = await instanceClient(served.origin, 'eddsa-jcs-2022')
    const entries = [1, 2, 3, 4].map((i) => ({ id: `urn:a:${i}`, type: 'https://a.example/#Status' }))
    const { json } = await client.issue(genericCredential({ credentialStatus: entries }))

    expect((await client.verify(json.verifiableCredential)).json.problemDetails[0].detail).toContain(
      'limit_exceeded',
    )
  })
})
