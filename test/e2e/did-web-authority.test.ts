import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { directoryFetch } from '../../src/cli/status/directory-fetch.ts'
import { pullStatus } from '../../src/cli/status/pull-status.ts'
import { showStatus } from '../../src/cli/status/show-status.ts'
import { createAgent, memoryStorage } from '../../src/holder/index.ts'
import { createVerifier, type Verifier } from '../../src/verifier/index.ts'
import { write, writeChain } from '../cli/files.ts'
import { run, scratch } from '../cli/run.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  send,
  startTestService,
  type TestService,
} from '../helpers/issuer-service.ts'
import { startServer } from '../helpers/recording-server.ts'

let issuer: TestService

beforeAll(async () => {
  issuer = await startTestService({ didWeb: true, tenants: ['globex'] })
})
afterAll(() => issuer.close())

const didOf = (url: string) => `did:web:127.0.0.1%3A${new URL(url).port}` as const

/** A service provider that knows the issuer by its name alone. */
async function startMailService(): Promise<{ origin: string; verifier: Verifier }> {
  const { origin } = await startServer(async (request) => {
    const verdict = await verifier.verify(request, { action: 'mail.read' })
    return { body: verdict.verified ? { authority: verdict.authority } : { code: verdict.refusal.code } }
  })
  const trust = [didOf(issuer.url)]
  const verifier = createVerifier({ audience: `${origin}/`, trust, freshness: { '*': 'critical' } })
  await verifier.start()
  return { origin, verifier }
}

describe('an issuer that is a did:web authority', () => {
  it('is trusted by its name: allowed, revoked, refused', async () => {
    const mail = await startMailService()
    const grant = { type: 'api', locations: [`${mail.origin}/`], actions: ['mail.read'] }
    const owner = await addOwner(issuer.admin, { entitlements: [grant] })
    const { caller, agent: row } = await addAgent(issuer.url, issuer.admin, owner.id)
    const delegation = await addDelegation(issuer.admin, row.id, {
      authorizationDetails: [grant],
      maxDepth: 2,
    })
    const agent = await createAgent({
      key: caller.signer,
      chain: delegation.chain,
      issuer: issuer.url,
      storage: memoryStorage(),
    })
    await mail.verifier.sync()
    const allowed = await (await agent.fetch(`${mail.origin}/inbox`)).json()
    await using run = await agent.run({ task: 'triage', grant: [grant], lifetime: '5m' })
    const byRun = await (await run.fetch(`${mail.origin}/inbox`)).json()
    await issuer.admin.post(`/v1/delegations/${delegation.id}/revoke`, { reason: 'over' })

    expect([allowed, byRun]).toEqual([{ authority: didOf(issuer.url) }, { authority: didOf(issuer.url) }])
    await vi.waitFor(
      async () => {
        await mail.verifier.sync()
        expect(await (await agent.fetch(`${mail.origin}/inbox`)).json()).toEqual({ code: 'revoked' })
      },
      { timeout: 10_000, interval: 100 },
    )
    mail.verifier.close()
  })

  it('can be looked at and mirrored by the command line', async () => {
    const trust = issuer.initialized.trust
    const shown = await showStatus(trust, fetch, Date.now)
    const directory = await mkdtemp(join(tmpdir(), 'procura-mirror-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const first = await pullStatus(trust, { directory, fetch, clock: Date.now })
    const again = await pullStatus(trust, { directory, fetch, clock: Date.now })
    const verifier = createVerifier({
      audience: 'https://mail.example/',
      trust: [trust],
      freshness: { '*': 'sensitive' },
      fetch: directoryFetch(directory),
    })

    expect([shown.state.failure, shown.head?.statusIssuer]).toEqual([
      undefined,
      `${didOf(issuer.url)}:status`,
    ])
    expect(first.files.filter((file) => file.endsWith('did.json'))).toHaveLength(2)
    expect([first.state.failure, again.state.failure]).toEqual([undefined, undefined])
    expect(await verifier.sync()).toMatchObject([{ syncedAt: expect.any(Number) }])
  })

  it('has chains that can be inspected with an anchor file, and only with one', async () => {
    const grant = { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] }
    const owner = await addOwner(issuer.admin, { entitlements: [grant] })
    const { agent } = await addAgent(issuer.url, issuer.admin, owner.id)
    const { chain } = await addDelegation(issuer.admin, agent.id, { authorizationDetails: [grant] })
    const place = { directory: scratch(), fetch, clock: Date.now }
    write(place.directory, 'anchor.json', issuer.initialized.trust)
    writeChain(place.directory, chain)
    const words = ['inspect', 'chain.json', '--json']

    const known = await run([...words, '--trust', 'anchor.json'], place)
    const unknown = await run(words, place)

    expect(known.json()).toMatchObject({ trusted: true, joined: true, faults: [] })
    expect([known.code, unknown.code]).toEqual([0, 3])
    expect(unknown.json().faults).toEqual([expect.objectContaining({ code: 'unsupported', link: 0 })])
  })

  it('serves both documents, and resolves them for others', async () => {
    const did = didOf(issuer.url)
    const authority = await send(`${issuer.url}/.well-known/did.json`)
    const status = await send(`${issuer.url}/status/did.json`)

    expect([authority.json.id, status.json.id]).toEqual([did, `${did}:status`])
    expect(authority.json.assertionMethod).toEqual([`${did}#key-1`])
    expect(authority.json.alsoKnownAs).toBeUndefined()
    expect(status.json.verificationMethod[0].publicKeyMultibase).not.toBe(
      authority.json.verificationMethod[0].publicKeyMultibase,
    )
    for (const document of [authority.json, status.json]) {
      const resolved = await send(`${issuer.url}/1.0/identifiers/${encodeURIComponent(document.id)}`)
      expect(resolved.json.didDocument).toEqual(document)
    }
  })

  it('says in its trust entry what it says in its document', async () => {
    const { json } = await send(`${issuer.url}/.well-known/procura`)
    const { authority, ...endpoint } = json
    const document = await send(`${issuer.url}/.well-known/did.json`)

    expect(authority).toBe(didOf(issuer.url))
    expect(document.json.service[0]).toEqual({
      id: `${authority}#status`,
      type: 'ProcuraStatus',
      serviceEndpoint: endpoint,
    })
  })

  it('has one tenant by that name; the others stay a did:key', async () => {
    const other = await send(`${issuer.url}/.well-known/procura?tenant=globex`)

    expect(other.json.authority).toMatch(/^did:key:/)
    expect((await send(`${issuer.url}/.well-known/did.json?tenant=globex`)).status).toBe(404)
    expect((await send(`${issuer.url}/.well-known/did.json?tenant=acme`)).json.id).toBe(didOf(issuer.url))
  })
})
