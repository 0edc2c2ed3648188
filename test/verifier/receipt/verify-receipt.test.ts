import { beforeAll, describe, expect, it } from 'vitest'
import { encodePublicJwk } from '../../../src/core/crypto/public-jwk.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { PresentedRequest } from '../../../src/model/presented-request.ts'
import { digestChain } from '../../../src/securing/http-signature/chain-upload.ts'
import { AGENT_DELEGATION_PROFILE } from '../../../src/securing/http-signature/profile.ts'
import { recordProof } from '../../../src/securing/http-signature/recorded-proof.ts'
import { verifyReceipt } from '../../../src/verifier/verify-receipt.ts'
import {
  claimsIn,
  judged,
  makeProvider,
  type Provider,
  receiptFor,
  signClaims,
} from '../../helpers/receipts.ts'
import { mailGrant, makeWebPerson, NOW, type Person, readLink, World } from '../../helpers/world.ts'

const READ = { action: 'mail.read' }

let world: World
let provider: Provider
let receipt: string

beforeAll(async () => {
  world = await World.create()
  provider = await makeProvider(world)
  const request = await world.present(await world.agentChain())
  receipt = await receiptFor(await provider.verifier.verify(request, READ), provider)
})

/** The claims for another chain, that was presented with this request. */
function claimsFor(chain: readonly string[], request: PresentedRequest): JsonObject {
  const proof = recordProof(request, { profile: AGENT_DELEGATION_PROFILE, origin: 'https://mail.example' })
  const signature = Buffer.from(proof?.signature ?? []).toString('base64url')
  const presented = { type: 'request', signatureBase: proof?.signatureBase ?? '', signature }
  return { ...claimsIn(receipt), chain, chainDigest: digestChain(chain), presented }
}

async function said(claims: JsonObject): Promise<string> {
  return judged(await signClaims(claims, provider), provider)
}

describe('who signed a receipt', () => {
  it('has to be whom it names, whatever key is trusted', async () => {
    const { signer } = provider.person
    const key = encodePublicJwk(signer.publicKey)
    const inAnothersName = await signClaims({ ...claimsIn(receipt), iss: world.owner.did }, provider)

    expect(await verifyReceipt(inAnothersName, { key })).toMatchObject({
      refusal: { part: 'signer', code: 'key_not_authorized', dimension: 'kid' },
    })
    expect(await verifyReceipt(receipt, { key })).toMatchObject({ verified: true })
  })
})

describe('the chain of a receipt', () => {
  it('is refused when it is none', async () => {
    const chain = ['x']
    const lie = await signClaims({ ...claimsIn(receipt), chain, chainDigest: digestChain(chain) }, provider)

    expect(await verifyReceipt(lie, { did: provider.person.did })).toMatchObject({
      refusal: { part: 'chain' },
    })
    expect(await judged(receipt, provider)).toBe('accepted')
  })

  it('is refused when the presenter presented only its beginning', async () => {
    const whole = await world.subAgentChain()
    const { signer } = world.subAgent
    const beginning = await world.present(whole.slice(0, 2), { signer })

    expect(await said(claimsFor(whole, beginning))).toBe('chain_broken agent-delegation')
    expect(await said(claimsFor(whole, await world.present(whole, { signer })))).toBe('accepted')
  })

  it('is refused when nobody can tell the key of its presenter', async () => {
    const nobody = await makeWebPerson('did:key:zz', 'zz')
    const presentedBy = async ({ did, signer }: Person) => {
      const chain = await world.agentChain({ id: did })
      return said(claimsFor(chain, await world.present(chain, { signer })))
    }

    expect(await presentedBy(nobody)).toBe('malformed multikey')
    expect(await presentedBy(world.agent)).toBe('accepted')
  })
})

describe('what a service provider says that it accepted', () => {
  it('was in force then', async () => {
    const short = await world.agentChain({}, { validUntil: NOW + 10_000 })
    const claims = claimsFor(short, await world.present(short))

    expect(await said({ ...claims, iatMs: NOW + 41_000 })).toBe('expired')
    expect(await said({ ...claims, iatMs: NOW + 39_000 })).toBe('accepted')
  })

  it('was granted for the resource that it names', async () => {
    const grant = mailGrant({ identifiers: ['inbox/support'] })
    const chain = await world.agentChain({ authorizationDetails: [grant] })
    const claims = claimsFor(chain, await world.present(chain))

    expect(await said({ ...claims, ask: { ...READ, identifier: 'inbox/sales' } })).toBe(
      'not_authorized identifiers',
    )
    expect(await said({ ...claims, ask: READ })).toBe('not_authorized identifiers')
    expect(await said({ ...claims, ask: { ...READ, identifier: 'inbox/support' } })).toBe('accepted')
  })

  it('rests on status that is no further ahead than clocks may be apart', async () => {
    const asOf = (ahead: number) => {
      const { lists, ...head } = claimsIn(receipt).status as { readonly lists: readonly JsonObject[] }
      const later = lists.map((list) => ({ ...list, asOfMs: NOW + ahead }))
      return said({ ...claimsIn(receipt), status: { ...head, lists: later } })
    }

    expect(await asOf(30_000)).toBe('accepted')
    expect(await asOf(30_001)).toBe('status_invalid asOfMs')
  })

  it('rests on status of every link that has one', async () => {
    const above = await world.agentChain({ allowStatusless: true })
    const { status: _, ...derived } = world.derivedCredential(await readLink(above[1]))
    const chain = [...above, await world.sign(derived, world.agent.signer)]
    const claims = claimsFor(chain, await world.present(chain, { signer: world.subAgent.signer }))

    expect(await said(claims)).toBe('accepted')
    expect(await said({ ...claims, status: { lists: [] } })).toBe('status_missing')
  })
})

describe('what is told of a receipt', () => {
  const told = (text: string) => verifyReceipt(text, { did: provider.person.did })

  it('has a method only for a signed request, and a refusal only for what was refused', async () => {
    const token = await world.token(await world.agentChain())
    const byToken = await receiptFor(await provider.verifier.verifyToken(token, READ), provider)
    const refused = { ...claimsIn(receipt), outcome: { verified: false, code: 'replayed' } }

    expect(await told(byToken)).not.toHaveProperty('method')
    expect(await told(receipt)).toHaveProperty('method', 'GET')
    expect(await told(receipt)).not.toHaveProperty('refusal')
    expect(await told(await signClaims(refused, provider))).toHaveProperty('refusal', { code: 'replayed' })
  })
})
