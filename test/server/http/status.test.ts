import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDidResolver } from '../../../src/did/resolve-did.ts'
import type { Did } from '../../../src/model/did.ts'
import { readBit } from '../../../src/status/bitstring.ts'
import { changesSliceOf, parseChanges } from '../../../src/status/changes.ts'
import { openHead } from '../../../src/status/head.ts'
import { listVersionUrl } from '../../../src/status/layout.ts'
import { openLeafTable } from '../../../src/status/leaf-table.ts'
import { openStatusList } from '../../../src/status/open-status-list.ts'
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

/** The list of all delegations of the test's owner, opened as a verifier does. */
async function openList(purpose: 'revocation' | 'suspension', given?: string) {
  const letter = purpose === 'revocation' ? 'r' : 's'
  const path = `/${letter}${world.delegation.position.list}`
  const text = given ?? (await get(`${path}.jwt`)).text
  return acceptedValue(
    await openStatusList(text, { url: `${service.url}/status/acme${path}`, purpose, ...trust() }),
  )
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('it did not come to pass within 2 s')
}

describe('the published status', () => {
  it('shows a revocation shortly after it was acknowledged, and keeps it [L5]', async () => {
    const { id, position } = await addDelegation(service.admin, world.agent.id)
    expect(readBit((await openList('revocation')).bits, position.index)).toBe(false)

    await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'done' })

    await until(async () => readBit((await openList('revocation')).bits, position.index) === true)
    expect(readBit((await openList('suspension')).bits, position.index)).toBe(false)
  })

  it('shows by the minute what changed, for a second while the minute lasts', async () => {
    const { id, position } = await addDelegation(service.admin, world.agent.id)
    await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'done' })
    await until(async () => readBit((await openList('revocation')).bits, position.index) === true)
    const slice = changesSliceOf((await openList('revocation')).version)
    const answer = await get(`/changes/${slice}`)
    const changes = acceptedValue(parseChanges(answer.text, slice))

    expect(
      changes.find(({ pair, purpose }) => pair === position.list && purpose === 'revocation')?.set,
    ).toContain(position.index)
    expect(answer.headers.get('content-type')).toBe('application/procura-changes')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=1')
    const etag = answer.headers.get('etag') ?? ''
    expect((await get(`/changes/${slice}`, { 'if-none-match': etag })).status).toBe(304)
  })

  it('shows a suspension and its end', async () => {
    const { id, position } = await addDelegation(service.admin, world.agent.id)

    await service.admin.post(`/v1/delegations/${id}/suspend`, { reason: 'odd hours' })
    await until(async () => readBit((await openList('suspension')).bits, position.index) === true)
    await service.admin.post(`/v1/delegations/${id}/resume`)
    await until(async () => readBit((await openList('suspension')).bits, position.index) === false)

    expect(readBit((await openList('revocation')).bits, position.index)).toBe(false)
  })

  it('is committed to by the head: leaf table, versions and digests agree', async () => {
    const head = acceptedValue(await openHead((await get('/head')).text, trust()))
    const table = acceptedValue(openLeafTable((await get(`/leaves/${head.root}`)).text, head.root))

    expect(table.leaves.size).toBeGreaterThanOrEqual(4)
    for (const { list, version, digest } of table.leaves.values()) {
      const purpose = list.includes('/r') ? 'revocation' : 'suspension'
      const opened = await openStatusList((await send(listVersionUrl(list, version))).text, {
        url: list,
        purpose,
        ...trust(),
      })
      expect(acceptedValue(opened)).toMatchObject({ version, bitsDigest: digest })
    }
  })

  it('is read by anybody, from any page, and names nobody [PB-06]', async () => {
    const answer = await get('/r2')

    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(answer.headers.get('set-cookie')).toBeNull()
    const payload = Buffer.from((await get('/r2.jwt')).text.split('.')[1] ?? '', 'base64url').toString()
    for (const text of [payload, answer.text]) expect(text).not.toMatch(/Ada|Support|agt_|own_/)
  })

  it('may be kept for no longer than its ttl and its validity [PB-02]', async () => {
    const maxAge = async (path: string) =>
      Number(/max-age=(\d+)/.exec((await get(path)).headers.get('cache-control') ?? '')?.[1])

    expect(await maxAge('/r2')).toBe(60)
    expect(await maxAge('/head')).toBe(1)
    const { version, validUntil } = await openList('revocation')
    const left = (validUntil - Date.now()) / 1000
    expect(await maxAge(`/r${world.delegation.position.list}/${version}`)).toBeLessThanOrEqual(left)
  })

  it.each(['/head', '/r2', '/s2', '/r2.jwt', '/t2'])(
    'answers 304 for what the client holds: %s',
    async (path) => {
      const first = await get(path)
      const etag = first.headers.get('etag') ?? ''

      const held = await get(path, { 'if-none-match': `"other", W/${etag}` })
      const other = await get(path, { 'if-none-match': '"other"' })

      expect([held.status, held.text, held.headers.get('etag')]).toEqual([304, '', etag])
      expect([other.status, other.text]).toEqual([200, first.text])
    },
  )

  it('answers HEAD without a body, and a preflight', async () => {
    const head = await send(`${service.url}/status/acme/r2`, { method: 'HEAD' })
    const preflight = await send(`${service.url}/status/acme/r2`, { method: 'OPTIONS' })

    expect([head.status, head.text, head.headers.has('etag')]).toEqual([200, '', true])
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'GET, HEAD',
    ])
    expect((await send(`${service.url}/v1/owners`, { method: 'OPTIONS' })).status).toBe(405)
  })

  it.each([
    '/r0',
    '/r02',
    '/r999',
    '/x2',
    '/r2.json.jwt',
    '/r2.vc',
    '/t0',
    '/t02',
    '/t999',
    '/t2.jwt',
    '/t2/1',
    '/r2.jwt/1',
    '/r2/1.json',
    '/r2/0',
    '/r2/1',
    '/r2/9007199254740993',
    '/leaves/unknown',
    '/changes/1',
    '/changes/x',
    '/..%2f..%2fkey-encryption-key',
    '/%2e%2e',
    '/r2%00',
  ])('has nothing at %s [PB-05]', async (path) => {
    const answer = await get(path)

    expect([400, 404]).toContain(answer.status)
    expect(answer.text).not.toContain('root:')
  })

  it('has nothing for a tenant that does not exist', async () => {
    const answer = await send(`${service.url}/status/globex/head`)

    expect(answer.json.code).toBe('not_found')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('is whole in every answer while it changes [PB-01]', async () => {
    const delegations = await Promise.all(
      Array.from({ length: 6 }, () => addDelegation(service.admin, world.agent.id, { leaseSize: 0 })),
    )
    const seen = new Map<string, string>()
    let reads = 0
    const read = async () => {
      const response = await fetch(`${service.url}/status/acme/r2.json`)
      const [etag, text] = [response.headers.get('etag') ?? '', await response.text()]
      if (!seen.has(etag)) seen.set(etag, text)
      if (seen.get(etag) !== text) throw new Error('two texts have one ETag')
      reads++
    }

    const revocations = delegations.map(async ({ id }, i) => {
      await new Promise((resolve) => setTimeout(resolve, i * 60))
      await service.admin.post(`/v1/delegations/${id}/revoke`, { reason: 'done' })
    })
    const readers = Array.from({ length: 20 }, async () => {
      for (let n = 0; n < 150; n++) await read()
    })
    await Promise.all([...revocations, ...readers])

    for (const text of seen.values()) await openList('revocation', text)
    expect([reads, seen.size > 1]).toEqual([3_000, true])
  })
})
