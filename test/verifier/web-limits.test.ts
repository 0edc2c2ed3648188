import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fetch } from '../../src/core/clock.ts'
import type { Did } from '../../src/model/did.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { TrustOption, VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { documentOf, statusService } from '../helpers/did-documents.ts'
import { AUDIENCE, makePerson, makeWebPerson, World } from '../helpers/world.ts'

const AUTHORITY: Did = 'did:web:id.example'
const STATUS: Did = 'did:web:id.example:status'
const DID_URL = 'https://id.example/.well-known/did.json'
const STATUS_URL = 'https://id.example/status/did.json'

let world: World
let documents: Map<string, object>
let asked: string[]

beforeEach(async () => {
  const cast = { authority: await makeWebPerson(AUTHORITY), statusIssuer: await makeWebPerson(STATUS) }
  world = await World.create('Ed25519', cast)
  const other = await makePerson('P-256')
  documents = new Map([
    [
      DID_URL,
      documentOf(
        AUTHORITY,
        [cast.authority.signer, { ...other.signer, keyId: `${AUTHORITY}#key-2` }],
        [statusService({ ...world.trust, tenants: ['acme'] })],
      ),
    ],
    [STATUS_URL, documentOf(STATUS, [cast.statusIssuer.signer])],
  ])
  asked = []
})

const fetch: Fetch = async (input, init) => {
  const url = String(input)
  if (!url.endsWith('did.json')) return world.site.fetch(input, init)
  asked.push(url)
  return Response.json(documents.get(url) ?? {})
}

async function trusting(trust: TrustOption, options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [trust],
    freshness: { '*': 'sensitive' },
    fetch,
    clock: world.clock,
    ...options,
  })
  await verifier.sync()
  return verifier
}

async function answer(verifier: Verifier): Promise<string> {
  const request = await world.present(await world.agentChain())
  const verdict = await verifier.verify(request, { action: 'mail.read' })
  if (verdict.verified) return 'verified'
  const { code, dimension = '' } = verdict.refusal
  return `${code} ${dimension}`.trim()
}

describe('an authority that is trusted by name and with limits', () => {
  it('is completed from its document, and held to the limits', async () => {
    const named = { authority: AUTHORITY }

    expect(await answer(await trusting(named))).toBe('verified')
    expect(await answer(await trusting({ ...named, mayGrant: [{ actions: ['mail.read'] }] }))).toBe(
      'verified',
    )
    expect(await answer(await trusting({ ...named, mayGrant: [] }))).toBe('not_authorized mayGrant')
    expect(await answer(await trusting({ ...named, blocked: { agents: ['agt_mailer'] } }))).toBe(
      'not_authorized blocked.agents',
    )
  })

  it('has the tenants that both the operator and the document name', async () => {
    expect(await answer(await trusting({ authority: AUTHORITY, tenants: ['acme', 'other'] }))).toBe(
      'verified',
    )
    expect(await answer(await trusting({ authority: AUTHORITY, tenants: ['other'] }))).toBe('tenant_mismatch')

    const document = documentOf(
      AUTHORITY,
      [world.authority.signer],
      [statusService({ ...world.trust, tenants: ['other'] })],
    )
    documents.set(DID_URL, document)
    expect(await answer(await trusting({ authority: AUTHORITY, tenants: ['acme', 'other'] }))).toBe(
      'tenant_mismatch',
    )
  })

  it('keeps what was read of it when the limits change, and nothing when it is trusted no more', async () => {
    const verifier = await trusting(AUTHORITY)
    const before = asked.length

    verifier.setTrust([{ authority: AUTHORITY, tenants: ['acme'] }])
    expect(await answer(verifier)).toBe('verified')
    expect(asked.length).toBe(before)

    verifier.setTrust([])
    expect(await answer(verifier)).toBe('untrusted_authority')
    verifier.setTrust([AUTHORITY])
    expect(await answer(verifier)).toBe('did_unresolvable did')
    await verifier.sync()
    expect(await answer(verifier)).toBe('verified')
  })

  it('is looked at at once when it is added to a verifier that runs', async () => {
    const verifier = createVerifier({
      audience: AUDIENCE,
      trust: [],
      freshness: { '*': 'sensitive' },
      fetch,
      clock: world.clock,
    })
    await verifier.start()
    verifier.setTrust([AUTHORITY])

    await vi.waitFor(async () => expect(await answer(verifier)).toBe('verified'))
    expect(asked.filter((url) => url === DID_URL)).toHaveLength(1)
    verifier.close()
  })

  it('is left alone when trust in it ends while its document is fetched', async () => {
    const verifier = createVerifier({
      audience: AUDIENCE,
      trust: [AUTHORITY],
      freshness: { '*': 'sensitive' },
      clock: world.clock,
      fetch: (input, init) => {
        if (String(input) === DID_URL) verifier.setTrust([])
        return fetch(input, init)
      },
    })
    await verifier.sync()

    expect(asked).toEqual([DID_URL])
    expect(await answer(verifier)).toBe('untrusted_authority')
  })
})

describe('a document with keys of two algorithms', () => {
  it('is good for the one that the policy allows [TP-09]', async () => {
    expect(await answer(await trusting(AUTHORITY, { algorithms: ['EdDSA'] }))).toBe('verified')

    const verifier = await trusting(AUTHORITY, { algorithms: ['ES256'] })
    expect(verifier.status()).toMatchObject([{ failure: { code: 'unsupported', dimension: 'algorithm' } }])
    expect(await answer(verifier)).toBe('unsupported verificationMethod')
  })
})
