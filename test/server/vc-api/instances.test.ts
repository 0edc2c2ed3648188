import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { systemRandom } from '../../../src/core/clock.ts'
import { parseSignInHeader } from '../../../src/server/vc-api/handler.ts'
import { createSelfSignedCertificate } from '../../../src/server/vc-api/self-signed-certificate.ts'
import type { ServedInstances, ServeInstancesOptions } from '../../../src/server/vc-api/serve-instances.ts'
import { genericCredential } from '../../helpers/generic-documents.ts'
import { instanceClient, serveForTests } from '../../helpers/vc-api.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }

async function serve(options: Partial<ServeInstancesOptions>): Promise<ServedInstances> {
  const served = await serveForTests(options)
  onTestFinished(() => served.close())
  return served
}

describe('instances in the mode of VCALM', () => {
  it('answer a verification that fails with 200, verified: false and the problem', async () => {
    const { origin } = await serve({ mode: 'vcalm' })
    const client = await instanceClient(origin, 'eddsa-jcs-2022')
    const { json } = await client.issue(genericCredential({ issuer: client.did }))
    const answer = await client.verify({ ...json.verifiableCredential, name: 'forged' })

    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      verified: false,
      problemDetails: [
        {
          type: 'https://w3id.org/security#PROOF_VERIFICATION_ERROR',
          title: 'PROOF_VERIFICATION_ERROR',
          detail: 'signature_invalid: proof',
        },
      ],
    })
  })

  it('answer a request that is none with 400', async () => {
    const { origin } = await serve({ mode: 'vcalm' })
    const client = await instanceClient(origin, 'eddsa-jcs-2022')
    const answers = [
      await client.post('credentials/verify', {}),
      await client.post('presentations/verify', { verifiablePresentation: 'a text' }),
      await client.post('presentations', {}),
      await client.verify({}, { domain: 4 }),
      await client.verifyPresentation({}, { challenge: '' }),
      await client.verify({}, { expectedProofPurpose: 'keyAgreement' }),
      await client.issue(genericCredential(), { credentialId: 4 }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400, 400])
  })

  it('read VCDM 2.0 alone', async () => {
    const { origin } = await serve({ mode: 'vcalm' })
    const client = await instanceClient(origin, 'eddsa-jcs-2022')
    const first = {
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      issuanceDate: '2023-01-01T00:00:00Z',
    }

    expect((await client.issue(genericCredential(first))).status).toBe(400)
  })
})

describe('instances', () => {
  let served: ServedInstances

  beforeAll(async () => {
    served = await serveForTests()
  })

  afterAll(() => served.close())

  it('have a DID and a key each, and say which', async () => {
    const { instances } = await (await fetch(`${served.origin}/instances`)).json()
    const ids = instances.map(({ id }: { id: string }) => id)

    expect(new Set(ids).size).toBe(6)
    expect(instances[0]).toMatchObject({ name: 'eddsa-rdfc-2022', mode: 'compatibility' })
  })

  it('refuse to sign delegations and status lists', async () => {
    const client = await instanceClient(served.origin, 'eddsa-jcs-2022')
    const types = ['OwnerCredential', 'DelegationCredential', 'BitstringStatusListCredential']
    const refused = await Promise.all(
      types.map((type) =>
        client.issue(genericCredential({ issuer: client.did, type: ['VerifiableCredential', type] })),
      ),
    )
    const context = ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1']
    const ours = await client.issue(genericCredential({ issuer: client.did, '@context': context }))
    const control = await client.issue(genericCredential({ issuer: client.did }))

    expect([...refused, ours].map(({ status }) => status)).toEqual([400, 400, 400, 400])
    expect(refused.map(({ json }) => json.type)).toEqual(
      types.map(() => 'urn:procura:problem:not_issued_here'),
    )
    expect(control.status).toBe(201)
  })

  it('issue in their own name, whatever issuer is asked for', async () => {
    const client = await instanceClient(served.origin, 'eddsa-jcs-2022')
    const issuer = { id: 'did:example:other', name: 'Other' }
    const { json } = await client.issue(genericCredential({ issuer }))

    expect(json.verifiableCredential.issuer).toEqual({ id: client.did, name: 'Other' })
  })

  it.each<[string, string, RequestInit, number]>([
    ['an instance that does not exist', '/instances/bbs-2023/credentials/issue', { method: 'POST' }, 404],
    ['a route that does not exist', '/instances/vc-jose/credentials/derive', { method: 'POST' }, 404],
    ['another path', '/v1/owners', {}, 404],
    ['another method', '/instances/vc-jose/credentials/issue', {}, 405],
    [
      'what is no JSON',
      '/instances/vc-jose/credentials/issue',
      { method: 'POST', headers: JSON_HEADERS, body: '{' },
      400,
    ],
    ['another media type', '/instances/vc-jose/credentials/issue', { method: 'POST', body: '{}' }, 415],
    [
      'a body that is too large',
      '/instances/vc-jose/credentials/issue',
      { method: 'POST', headers: JSON_HEADERS, body: ' '.repeat(1024 * 1024) },
      413,
    ],
  ])('answer %s with a problem', async (_, path, init, status) => {
    const answer = await fetch(`${served.origin}${path}`, init)

    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  })

  it('say that a term is not defined, without repeating it', async () => {
    const client = await instanceClient(served.origin, 'eddsa-jcs-2022')
    const subject = (member: object) =>
      genericCredential({ credentialSubject: { id: 'did:example:1', ...member } })
    const refused = await client.issue(subject({ unheardOf: 1 }))
    const control = await client.issue(subject({ name: 'Ada' }))

    expect([refused.status, control.status]).toEqual([400, 201])
    expect(refused.json.problemDetails[0].detail).toContain('is defined by no context')
    expect(JSON.stringify(refused.json)).not.toContain('unheardOf')
  })

  it.each([
    ['a path that does not exist', '/', 'GET /instances'],
    [
      'a method that a route does not have',
      '/instances/vc-jose/challenges',
      'POST /instances/:name/challenges',
    ],
  ])('name what there is to whoever asks for %s', async (_, path, route) => {
    const answer = await fetch(`${served.origin}${path}`)

    expect((await answer.json()).available).toContain(route)
  })

  it('resolve DIDs, with error codes (DID Resolution)', async () => {
    const client = await instanceClient(served.origin, 'vc-jose')
    const resolve = (did: string) => fetch(`${served.origin}/1.0/identifiers/${encodeURIComponent(did)}`)
    const good = await resolve(client.did)
    const bad = await resolve('did:key:not-a-key')

    expect(await good.json()).toMatchObject({ didDocument: { id: client.did } })
    expect([bad.status, (await bad.json()).didResolutionMetadata.error]).toEqual([400, 'invalidDid'])
  })
})

describe('the header for sign-in', () => {
  const header = { name: 'Authorization', value: 'Bearer correct-horse' }

  it('is wanted of every call but those that read lists', async () => {
    const { origin } = await serve({ header })
    const client = await instanceClient(origin, 'vc-jose')
    const body = { credential: genericCredential() }
    const without = await client.post('credentials/issue', body)
    const wrong = await client.post('credentials/issue', body, { authorization: 'Bearer correct-hors' })
    const right = await client.post('credentials/issue', body, { authorization: header.value })

    expect([without.status, wrong.status, right.status]).toEqual([401, 401, 201])
    expect((await client.get('status-lists/r1')).status).toBe(200)
  })

  it('is required where others than this machine can call', async () => {
    const origin = 'https://vc.example'

    await expect(serveForTests({ origin })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
    expect((await serve({ origin, header })).origin).toBe(origin)
  })

  it('is required where it listens to others, whatever its origin says', async () => {
    const origin = 'http://localhost:1'

    await expect(serveForTests({ origin, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_CONFIGURATION',
    })
  })

  it('is one header, and is not repeated in the message when it is none', () => {
    expect(parseSignInHeader('X-Key:  a b ')).toEqual({ name: 'X-Key', value: 'a b' })
    for (const text of ['secret-without-name', 'X-Key:', 'X Key: secret', 'X-Key: sec\nret']) {
      expect(() => parseSignInHeader(text)).toThrow(/^(?!.*secret).*PROCURA_VC_API_HEADER/)
    }
  })
})

describe('a self-signed certificate (RFC 5280)', () => {
  it('is good for the hosts that it names, signed by its own key', () => {
    const hosts = ['localhost', '127.0.0.1', '::1', '2001:db8::5:6']
    const { certificate, privateKey } = createSelfSignedCertificate(hosts, Date.now(), systemRandom)
    const parsed = new X509Certificate(certificate)

    expect(parsed.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:5:6',
    )
    expect([
      parsed.verify(parsed.publicKey),
      parsed.checkHost('localhost'),
      parsed.checkIP('127.0.0.1'),
    ]).toEqual([true, 'localhost', '127.0.0.1'])
    expect(parsed.validToDate.getTime()).toBeGreaterThan(Date.now())
    expect(privateKey).toContain('PRIVATE KEY')
  })

  it('lets instances speak TLS, to those who trust it', async () => {
    const tls = createSelfSignedCertificate(['127.0.0.1'], Date.now(), systemRandom)
    const { origin } = await serve({ tls })
    const status = await new Promise((resolve, reject) => {
      const call = request(`${origin}/instances`, { ca: tls.certificate }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      call.on('error', reject).end()
    })

    expect([origin.startsWith('https://'), status]).toEqual([true, 200])
  })

  it('is refused at start when its key is another one', async () => {
    const [one, other] = [1, 2].map(() =>
      createSelfSignedCertificate(['localhost'], Date.now(), systemRandom),
    )
    const tls = { certificate: one?.certificate ?? '', privateKey: other?.privateKey ?? '' }

    await expect(serveForTests({ tls })).rejects.toMatchObject({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })
  })
})
