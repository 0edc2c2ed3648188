import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgent, memoryStorage } from '../../src/holder/index.ts'
import { MAX_LISTED_KEYS, PROPAGATION_MS } from '../../src/issuer/rotate-service-key.ts'
import { type RunningService, startService } from '../../src/server/start-service.ts'
import { createVerifier, type Verifier } from '../../src/verifier/index.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  send,
  startTestService,
  type TestService,
} from '../helpers/issuer-service.ts'

const HOUR = 3_600_000
const AUDIENCE = 'https://mail.example/'

/** How far the clock of everybody here is ahead, in milliseconds; it goes on. */
let ahead: number
const clock = () => Date.now() + ahead

let issuer: TestService
let service: RunningService
let verifier: Verifier

beforeEach(async () => {
  ahead = 0
  issuer = await startTestService({ didWeb: true, clock })
  service = issuer.service
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [issuer.initialized.tenant.authority],
    freshness: { '*': 'routine' },
    clock,
  })
  await verifier.sync()
})

afterEach(async () => {
  verifier.close()
  await service.close()
  await issuer.close()
})

/** Starts the service again, which takes the steps of keys that are due, and publishes. */
async function restartAt(time: number): Promise<void> {
  await service.close()
  ahead = time - Date.now()
  service = await startService({ dataDir: issuer.dataDir, logLevel: 'silent', clock })
}

/** An agent of an owner of its own, who gets link 0 with the key that signs now. */
async function enrol() {
  const owner = await addOwner(issuer.admin)
  const { caller, agent: row } = await addAgent(issuer.url, issuer.admin, owner.id)
  const delegation = await addDelegation(issuer.admin, row.id, { lifetimeSeconds: 90 * 86_400 })
  return { caller, delegation }
}

type Enrolled = Awaited<ReturnType<typeof enrol>>

async function verdictOn({ caller }: Enrolled, chain: readonly string[]): Promise<string> {
  const agent = await createAgent({
    key: caller.signer,
    chain,
    storage: memoryStorage(),
    clock,
    fetch: async (input, init) => {
      const { method, headers, url } = new Request(input, init)
      const header = (name: string) => headers.get(name) ?? undefined
      const request = { method, target: new URL(url).pathname, header }
      const verdict = await verifier.verify(request, { action: 'mail.read' })
      const refusal = verdict.verified ? undefined : verdict.refusal
      const refresh = refusal?.refresh === true ? ' refresh' : ''
      return new Response(
        refusal === undefined ? 'verified' : `${refusal.code} ${refusal.link ?? ''}${refresh}`,
      )
    },
  })
  return (await agent.fetch(`${AUDIENCE}inbox`)).text()
}

/** What a request of the agent comes to at the service provider, with the chain as it was issued first. */
const verdict = (enrolled: Enrolled) => verdictOn(enrolled, enrolled.delegation.chain)

async function renewed({ caller, delegation }: Enrolled): Promise<readonly string[]> {
  const { json } = await caller.post(`/v1/delegations/${delegation.id}/credential`, {})
  return json.chain
}

/** Documents are renewed beside the status: what follows from a new one, the next time. */
async function sync() {
  await verifier.sync()
  return (await verifier.sync())[0]
}

async function keys(use: string) {
  const { json } = await issuer.admin.get('/v1/keys')
  return json.items.filter((key: { use: string }) => key.use === use)
}

async function listedKeys(path: string): Promise<readonly string[]> {
  return (await send(`${issuer.url}${path}`)).json.assertionMethod
}

const DOCUMENT = '/.well-known/did.json'
const STATUS_DOCUMENT = '/status/did.json'

async function waitUntilSigned(kid: string): Promise<void> {
  await expect
    .poll(async () => kidOf((await send(`${issuer.url}/status/acme/head`)).text), { timeout: 10_000 })
    .toBe(kid)
}

function kidOf(jws: string): string {
  return JSON.parse(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString()).kid
}

describe('the key of an authority', () => {
  it('is known to verifiers before it signs, and what the old one signed holds while it retires [KC-03]', async () => {
    const before = await enrol()
    const { json: next } = await issuer.admin.post('/v1/keys/rotate', { use: 'authority' })
    expect(next).toMatchObject({ state: 'prepared' })
    expect(Date.parse(next.activateAt)).toBeGreaterThan(clock() + PROPAGATION_MS - 10_000)
    expect(await listedKeys(DOCUMENT)).toEqual([expect.stringMatching('#key-1$'), next.id])

    await restartAt(Date.parse(next.activateAt))
    await sync()
    const after = await enrol()

    await expect.poll(async () => (await keys('authority'))[1]?.state).toBe('active')
    expect(await keys('authority')).toMatchObject([{ state: 'retiring' }, { state: 'active', id: next.id }])
    expect([await verdict(before), await verdict(await enrol()), await verdict(after)]).toEqual([
      'verified',
      'verified',
      'verified',
    ])
  })

  it('is refused by verifiers that could not know it: this is what the time before it signs is for', async () => {
    await issuer.admin.post('/v1/keys/rotate', { use: 'authority', propagationSeconds: 0 })
    const after = await enrol()
    await sync()
    const early = await verdict(after)

    await restartAt(clock() + HOUR)
    await sync()

    expect(early).toBe('key_not_authorized 0 refresh')
    expect(await verdict(after)).toBe('verified')
  })

  it('is refused once it is revoked, with all that it signed, until the chain is renewed [KC-03]', async () => {
    const old = await enrol()
    const other = await enrol()
    expect(await verdict(old)).toBe('verified')

    const { json: next } = await issuer.admin.post('/v1/keys/rotate', { use: 'authority', grace: 0 })
    expect(await listedKeys(DOCUMENT)).toEqual([next.id])
    await restartAt(clock() + HOUR)
    await sync()
    const [dead, alive] = [await verdict(old), await verdictOn(old, await renewed(old))]

    expect([dead, alive]).toEqual(['key_not_authorized 0 refresh', 'verified'])
    expect(await verdict(other)).toBe('key_not_authorized 0 refresh')
    expect(await keys('authority')).toMatchObject([{ state: 'revoked' }, { state: 'active' }])
  })

  it('is revoked by itself when the last credential that it signed has ended, also across restarts', async () => {
    await enrol()
    await issuer.admin.post('/v1/keys/rotate', { use: 'authority', propagationSeconds: 0 })
    const [retiring] = await keys('authority')
    expect(retiring).toMatchObject({ state: 'retiring' })

    await restartAt(Date.parse(retiring.revokeAt) - HOUR)
    expect(await listedKeys(DOCUMENT)).toHaveLength(2)
    await restartAt(Date.parse(retiring.revokeAt))

    await expect.poll(() => listedKeys(DOCUMENT)).toHaveLength(1)
    expect(await keys('authority')).toMatchObject([{ state: 'revoked' }, { state: 'active' }])
  })

  it('is rotated by schedule [I10]', async () => {
    const { status } = await issuer.admin.post('/v1/keys/schedule', { use: 'authority', rotateAfterDays: 30 })
    const takesOver = clock() + 30 * 24 * HOUR
    expect(status).toBe(200)

    await restartAt(takesOver - PROPAGATION_MS)
    await expect.poll(() => keys('authority')).toMatchObject([{ state: 'active' }, { state: 'prepared' }])
    const [, next] = await keys('authority')
    expect(Date.parse(next.activateAt)).toBeGreaterThanOrEqual(takesOver)
    await restartAt(Date.parse(next.activateAt))

    await expect
      .poll(async () => (await keys('authority'))[1])
      .toMatchObject({
        state: 'active',
        rotateAfterDays: 30,
      })
  })
})

describe('the key of a status issuer', () => {
  it('hands over with every list and the head, and revocations stay [KC-03]', async () => {
    const [alive, revoked] = [await enrol(), await enrol()]
    await issuer.admin.post(`/v1/delegations/${revoked.delegation.id}/revoke`, { reason: 'over' })
    const { json: next } = await issuer.admin.post('/v1/keys/rotate', { use: 'status' })
    await sync()

    await restartAt(Date.parse(next.activateAt))
    await waitUntilSigned(next.id)
    const state = await sync()

    expect(state?.failure).toBeUndefined()
    expect(await keys('status')).toMatchObject([{ state: 'retiring' }, { state: 'active', id: next.id }])
    expect([await verdict(alive), await verdict(revoked)]).toEqual(['verified', 'revoked 1 refresh'])
  })

  it('signs at once in an emergency, after which nothing of the old one is served or believed [KC-03]', async () => {
    const [alive, revoked] = [await enrol(), await enrol()]
    await issuer.admin.post(`/v1/delegations/${revoked.delegation.id}/revoke`, { reason: 'over' })
    await sync()

    const { json: next } = await issuer.admin.post('/v1/keys/rotate', { use: 'status', grace: 0 })
    await waitUntilSigned(next.id)
    await restartAt(clock() + HOUR)
    const state = await sync()

    expect(await listedKeys(STATUS_DOCUMENT)).toEqual([next.id])
    expect(state?.failure).toBeUndefined()
    expect(kidOf((await send(`${issuer.url}/status/acme/r1.jwt`)).text)).toBe(next.id)
    expect([await verdict(alive), await verdict(revoked)]).toEqual(['verified', 'revoked 1 refresh'])
  })
})

it('tells an authority that is a did:key why its keys cannot be rotated, and what to do', async () => {
  const plain = await startTestService()
  const answers = [
    await plain.admin.post('/v1/keys/rotate', { use: 'authority' }),
    await plain.admin.post('/v1/keys/rotate', { use: 'status', grace: 0 }),
    await plain.admin.post('/v1/keys/schedule', { use: 'authority', rotateAfterDays: 30 }),
  ]
  const audit = await plain.admin.post('/v1/keys/rotate', { use: 'audit' })
  await plain.close()

  for (const { status, json } of answers) {
    expect([status, json.code]).toEqual([409, 'key_is_did'])
    expect(json.title).toContain('did:web')
  }
  expect(audit.json).toMatchObject({ use: 'audit', state: 'active' })
})

it('replaces no key while the document holds no more, so that it can always be read [KC-03]', async () => {
  const rotate = (body: object) => issuer.admin.post('/v1/keys/rotate', { use: 'status', ...body })
  let answer = await rotate({ propagationSeconds: 0 })
  for (let n = 2; answer.status === 200 && n <= MAX_LISTED_KEYS; n++)
    answer = await rotate({ propagationSeconds: 0 })

  expect(answer).toMatchObject({ status: 409, json: { code: 'quota_exceeded', limit: MAX_LISTED_KEYS } })
  expect(await listedKeys(STATUS_DOCUMENT)).toHaveLength(MAX_LISTED_KEYS)
  await sync()
  expect(await verdict(await enrol())).toBe('verified')
  expect((await rotate({ grace: 0 })).status).toBe(200)
})
