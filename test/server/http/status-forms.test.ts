import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import * as statusLists from '@digitalbazaar/vc-bitstring-status-list'
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { Did } from '../../../src/model/did.ts'
import { openStatusList } from '../../../src/status/open-status-list.ts'
import { openTokenStatusList } from '../../../src/status/open-token-status-list.ts'
import { mirrorStatusPair, readTokenStatus } from '../../../src/status/token-status-list.ts'
import { closedLoader } from '../../conformance/digitalbazaar-loader.ts'
import { type Answer, addDelegation, send, startTestService } from '../../helpers/issuer-service.ts'
import { buildWorld, type World } from '../../helpers/issuer-world.ts'
import { acceptedValue } from '../../helpers/signers.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let world: World

beforeAll(async () => {
  service = await startTestService({ publisher: { coalesceMs: 50 } })
  world = await buildWorld(service.url, service.admin)
})
afterAll(() => service.close())

function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send(`${service.url}/status/acme${path}`, { headers })
}

function trust() {
  const statusIssuer = service.initialized.tenant.statusIssuer as Did
  return { statusIssuer, resolver: createDidResolver(), now: Date.now() }
}

async function opened(path: string, { text }: Answer) {
  return acceptedValue(await openStatusList(text, { url: `${service.url}/status/acme${path}`, ...trust() }))
}

async function openedMirror(path: string) {
  const url = `${service.url}/status/acme${path}`
  return acceptedValue(await openTokenStatusList((await get(path)).text, { url, ...trust() }))
}

describe('a list in two forms', () => {
  it.each(['/r2', '/s2'])('%s says the same in both, and is the same version', async (path) => {
    const jwt = await get(`${path}.jwt`)
    const json = await get(`${path}.json`)

    expect(jwt.headers.get('content-type')).toBe('application/vc+jwt')
    expect(json.headers.get('content-type')).toBe('application/vc')
    expect(json.json.proof.cryptosuite).toBe('eddsa-jcs-2022')
    expect(await opened(path, json)).toEqual(await opened(path, jwt))
  })

  it('is JSON at its bare URL, or what a reader prefers', async () => {
    const [jwt, json] = [(await get('/r2.jwt')).text, (await get('/r2.json')).text]
    const bare = async (accept?: string) =>
      (await get('/r2', accept === undefined ? {} : { accept })).text === jwt ? 'jwt' : 'json'

    expect(await bare()).toBe('json')
    expect(await bare('*/*')).toBe('json')
    expect(await bare('application/vc+jwt')).toBe('jwt')
    expect(await bare('application/vc;q=0.5, application/vc+jwt')).toBe('jwt')
    expect(await bare('application/ld+json, application/json')).toBe('json')
    expect((await get('/r2')).text).toBe(json)
  })

  it('tells caches that its bare URL varies, and those with a suffix do not', async () => {
    const { headers } = await get('/r2', { accept: 'application/vc+jwt' })
    const etag = headers.get('etag') ?? ''
    const { version } = await opened('/r2', await get('/r2'))

    expect(headers.get('vary')).toContain('accept')
    expect((await get(`/r2/${version}`)).headers.get('vary')).toContain('accept')
    for (const path of ['/r2.jwt', '/r2.json', `/r2/${version}.jwt`, '/t2']) {
      expect((await get(path)).headers.get('vary') ?? '').not.toContain('accept')
    }
    expect((await get('/r2.jwt')).headers.get('etag')).toBe(etag)
    const other = await get('/r2', { 'if-none-match': etag })
    const held = await get('/r2', { accept: 'application/vc+jwt', 'if-none-match': etag })
    expect([other.status, held.status]).toEqual([200, 304])
    expect(held.headers.get('vary')).toContain('accept')
  })

  it('has versions that stay, in both forms', async () => {
    const before = await get('/r2.json')
    const { version, bitsDigest } = await opened('/r2', before)
    const { id, position } = await addDelegation(service.admin, world.agent.id)
    await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'done' })
    await vi.waitFor(async () => expect((await get('/r2.json')).text).not.toBe(before.text), 5_000)

    const answers = await Promise.all(['', '.json', '.jwt'].map((end) => get(`/r2/${version}${end}`)))

    expect(position.list).toBe(2)
    expect(answers[0]?.text).toBe(before.text)
    expect(answers[1]?.text).toBe(before.text)
    for (const answer of answers) {
      expect(await opened('/r2', answer)).toMatchObject({ version, bitsDigest })
      expect(answer.headers.get('cache-control')).toContain('immutable')
    }
  })
})

describe('a W3C reader of somebody else', () => {
  /** As readers of JSON-LD ask. */
  const loader: vc.DocumentLoader = async (url) => {
    if (!url.startsWith(`${service.url}/status/`)) return closedLoader()(url)
    const answer = await send(url, { headers: { accept: 'application/ld+json, application/json' } })
    return { contextUrl: null, document: answer.json, documentUrl: url }
  }

  async function read(credential: Answer['json']) {
    const suite = new DataIntegrityProof({ cryptosuite: eddsaJcs.createVerifyCryptosuite() })
    const { verified, statusResult } = await vc.verifyCredential({
      credential,
      suite,
      documentLoader: loader,
      // The status issuer is another DID than the authority, which the standard leaves to the verifier.
      checkStatus: (options: object) => statusLists.checkStatus({ ...options, verifyMatchingIssuers: false }),
    })
    return [verified, statusResult?.results?.map(({ status }) => status)]
  }

  it('verifies a delegation and sees it suspended, resumed and revoked [L6]', async () => {
    const { id } = await addDelegation(service.admin, world.agent.id)
    const accept = { headers: { accept: 'application/vc' } }
    const { json } = await world.agentCaller.get(`/v1/delegations/${id}/credential`, accept)
    const comesToRead = (status: readonly boolean[]) =>
      vi.waitFor(async () => expect(await read(json)).toEqual([true, status]), 5_000)

    await comesToRead([false, false])
    await service.admin.post(`/v1/delegations/${id}/suspend`, { reason: 'odd' })
    await comesToRead([false, true])
    await service.admin.post(`/v1/delegations/${id}/resume`)
    await comesToRead([false, false])
    await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'done' })
    await comesToRead([true, false])
  })
})

describe('the mirror of a pair', () => {
  it('says what the pair says, to a reader of somebody else too', async () => {
    const { id, position } = await addDelegation(service.admin, world.agent.id)
    const comesToSay = (status: number) =>
      vi.waitFor(async () => {
        const { text } = await get('/t2')
        expect(getListFromStatusListJWT(text).getStatus(position.index)).toBe(status)
      }, 8_000)

    await comesToSay(0)
    await service.admin.post(`/v1/delegations/${id}/suspend`, { reason: 'odd' })
    await comesToSay(2)
    await service.admin.post(`/v1/delegations/${id}/resume`)
    await comesToSay(0)
    await service.admin.post(`/v1/delegations/${id}/suspend`, { reason: 'odd' })
    await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'done' })
    await comesToSay(1)

    const [revocation, suspension] = await Promise.all(
      ['/r2', '/s2'].map(async (path) => opened(path, await get(path))),
    )
    const mirror = await openedMirror('/t2')
    const pair = mirrorStatusPair(revocation?.bits ?? mirror.bytes, suspension?.bits ?? mirror.bytes)
    expect(mirror.bytes).toEqual(pair.bytes)
    expect(readTokenStatus(mirror, position.index)).toBe(1)
  })

  it('is served like the lists: by its media type, to any page, for a minute', async () => {
    const { status, headers } = await get('/t1')

    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/statuslist+jwt')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('cache-control')).toBe('public, max-age=60')
    expect((await openedMirror('/t1')).bits).toBe(2)
  })
})
