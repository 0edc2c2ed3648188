import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../../src/core/json.ts'
import { parseDidDocument } from '../../../src/did/parse-did-document.ts'
import { send, startTestService } from '../../helpers/issuer-service.ts'

let service: Awaited<ReturnType<typeof startTestService>>

beforeAll(async () => {
  service = await startTestService({ tenants: ['globex'] })
})
afterAll(() => service.close())

describe('/.well-known/procura', () => {
  it('is the trust entry of the first tenant, and of any that is named', async () => {
    const first = await send(`${service.url}/.well-known/procura`)
    const second = await send(`${service.url}/.well-known/procura?tenant=globex`)

    expect(first.json).toEqual(service.initialized.trust)
    expect(first.json).toMatchObject({
      head: `${service.url}/status/acme/head`,
      statusOrigins: [`${service.url}/status/acme/`],
      tenants: ['acme'],
    })
    expect(second.json.tenants).toEqual(['globex'])
    expect(second.json.authority).not.toBe(first.json.authority)
    expect((await send(`${service.url}/.well-known/procura?tenant=initech`)).status).toBe(404)
  })
})

describe('/.well-known/did.json', () => {
  it("is a document of this host's did:web that says which did:key the authority is", async () => {
    const { text, json } = await send(`${service.url}/.well-known/did.json`)

    const did = `did:web:127.0.0.1%3A${new URL(service.url).port}` as const
    const document = parseDidDocument(parseStrictJson(text) ?? null, did, Date.now())
    const { authority } = service.initialized.tenant
    expect(document?.id).toBe(did)
    expect(json.alsoKnownAs).toEqual([authority])
    expect(document?.assertionMethod).toEqual([`${did}#${authority.split(':')[2]}`])
    expect(document?.verificationMethods).toHaveLength(1)
    expect(document?.authentication).toEqual([])
  })
})

describe('the JSON-LD context', () => {
  const bytes = readFileSync(new URL('../../../contexts/delegation-v1.jsonld', import.meta.url))
  const digest = createHash('sha256').update(bytes).digest('hex')

  it('has exactly the bytes that it was published with', () => {
    const readme = readFileSync(new URL('../../../contexts/README.md', import.meta.url), 'utf8')

    expect(digest).toBe('bc280720c4fd934e1fd396b9354081241a265abfa006bb03bee1fa101ed16c7b')
    expect(readme).toContain(digest)
  })

  it('is served as it is', async () => {
    const answer = await send(`${service.url}/contexts/delegation-v1.jsonld`)

    expect(answer.headers.get('content-type')).toBe('application/ld+json')
    expect(createHash('sha256').update(answer.text).digest('hex')).toBe(digest)
  })

  it('knows every member of a credential that the W3C context does not', () => {
    const { '@context': terms } = JSON.parse(bytes.toString())
    const members =
      'tenant environment accountable team assurance custody authorizationDetails status revokers statusLease agentId authority mode purpose inherit maxDepth allowStatusless software kind parent lineage OwnerCredential DelegationCredential'

    expect(
      Object.keys(terms)
        .filter((name) => !name.startsWith('@'))
        .toSorted(),
    ).toEqual(members.split(' ').toSorted())
    const literal = ['authorizationDetails', 'status', 'statusLease', 'lineage']
    expect(literal.map((name) => terms[name]['@type'])).toEqual(Array(4).fill('@json'))
  })
})

describe('/livez and /readyz', () => {
  it('say that the service lives and publishes', async () => {
    expect((await send(`${service.url}/livez`)).json).toEqual({ status: 'ok' })
    expect((await send(`${service.url}/readyz`)).json).toEqual({ status: 'ok' })
  })
})
