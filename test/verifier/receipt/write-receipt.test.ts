import { beforeAll, describe, expect, it } from 'vitest'
import type { Fetch } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Signer } from '../../../src/model/signer.ts'
import { refuse } from '../../../src/refusal.ts'
import { type Evidence, evidenceOf } from '../../../src/verifier/evidence.ts'
import { MAX_RECEIPT_BYTES } from '../../../src/verifier/receipt/receipt.ts'
import { writeReceipt } from '../../../src/verifier/receipt/write-receipt.ts'
import { documentOf } from '../../helpers/did-documents.ts'
import { claimsIn, judged, makeProvider, type Provider } from '../../helpers/receipts.ts'
import { makeWebPerson, requestOf, World } from '../../helpers/world.ts'

const READ = { action: 'mail.read' }

let world: World
let provider: Provider
let evidence: Evidence
/** How often the service provider's key was used. */
let signed: number
let signer: Signer

beforeAll(async () => {
  world = await World.create()
  provider = await makeProvider(world)
  const request = await world.present(await world.agentChain())
  evidence = evidenceOf(await provider.verifier.verify(request, READ))
  const { sign, ...rest } = provider.person.signer
  signed = 0
  signer = {
    ...rest,
    sign: (bytes) => {
      signed++
      return sign(bytes)
    },
  }
})

async function claimsOf(changes: Partial<Evidence>): Promise<JsonObject> {
  return claimsIn(await writeReceipt({ ...evidence, ...changes }, signer))
}

/** The message of the error with which it ends, without a signature. */
async function problemOf(of: Evidence, by: Signer = signer): Promise<unknown> {
  const before = signed
  const error = await writeReceipt(of, by).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })
  expect(signed).toBe(before)
  return error instanceof Error ? error.message : undefined
}

describe('nothing is signed', () => {
  it('without a chain, a status or a question', async () => {
    const { presentation: _, ...chainless } = evidence
    const { view: __, ...blind } = evidence
    const asked = { ...evidence, question: { ...evidence.question, ask: undefined } }

    for (const lacking of [chainless, blind, asked])
      expect(await problemOf(lacking)).toMatch(/^nobody has proven to be the presenter/)
    expect(await writeReceipt(evidence, signer)).toBeTruthy()
  })

  it('by a key that is of no DID', async () => {
    const nameless = { ...signer, keyId: 'key-1' } as unknown as Signer

    expect(await problemOf(evidence, nameless)).toMatch(/^the keyId of the signer/)
    expect(await writeReceipt(evidence, signer)).toBeTruthy()
  })

  it('for a request that has lost its signature since', async () => {
    const { presentation } = evidence
    if (presentation === undefined) throw new Error('the control has no chain')
    const form = { type: 'request' as const, request: requestOf('GET', '/inbox', {}) }

    expect(await problemOf({ ...evidence, presentation: { ...presentation, form } })).toMatch(
      /^the request is not any more/,
    )
    expect(await writeReceipt({ ...evidence, presentation }, signer)).toBeTruthy()
  })
})

describe('the longest receipt', () => {
  const asking = (identifier: string) =>
    writeReceipt({ ...evidence, question: { ...evidence.question, ask: { ...READ, identifier } } }, signer)

  it('is written and read, and one that is longer is not written', async () => {
    const short = await asking('x')
    // Three bytes of a payload are four characters.
    const room = Math.floor(((MAX_RECEIPT_BYTES - short.length) / 4) * 3)
    const lengths = new Set<number>()
    for (const more of [0, 1, 2, 3]) {
      const longest = await asking('x'.repeat(room - 2 + more)).catch(() => undefined)
      if (longest === undefined) continue
      lengths.add(longest.length)
      expect(await judged(longest, provider)).toBe('accepted')
    }

    expect(Math.max(...lengths)).toBe(MAX_RECEIPT_BYTES)
    await expect(asking('x'.repeat(room + 4))).rejects.toMatchObject({
      code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE',
    })
  })
})

describe('a refusal in a receipt', () => {
  const known = { authenticated: true, retryable: false, refresh: true } as const

  it.each([
    [{ code: 'revoked', link: 1, inherited: true }],
    [{ code: 'revoked', link: 1, inherited: false }],
    [{ code: 'status_stale', link: 0, dimension: 'freshness' }],
    [{ code: 'replayed' }],
  ] as const)('has its facts %j, and nothing that only concerns the caller', async (facts) => {
    expect((await claimsOf({ refusal: { ...facts, ...known } })).outcome).toEqual({
      verified: false,
      ...facts,
    })
  })
})

describe('the key of the authority', () => {
  async function ofWebAuthority(): Promise<Evidence> {
    const authority = await makeWebPerson('did:web:id.example')
    const web = await World.create('Ed25519', { authority })
    const document = documentOf(authority.did, [authority.signer])
    const fetch: Fetch = async (input, init) =>
      String(input).endsWith('did.json') ? Response.json(document) : web.site.fetch(input, init)
    const { verifier } = await makeProvider(web, { fetch })
    return evidenceOf(await verifier.verify(await web.present(await web.agentChain()), READ))
  }

  it('is stated where its DID lies on the web, and only there', async () => {
    expect(await claimsOf(await ofWebAuthority())).toHaveProperty('authorityKey.x')
    expect(await claimsOf({})).not.toHaveProperty('authorityKey')
  })

  it('is left out when its document cannot be had any more', async () => {
    const web = await ofWebAuthority()
    const resolver = { resolve: () => refuse('did_unresolvable') }

    expect(await claimsOf({ ...web, context: { ...web.context, resolver } })).not.toHaveProperty(
      'authorityKey',
    )
    expect(await claimsOf(web)).toHaveProperty('authorityKey')
  })
})
