import { beforeEach, describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../../src/core/base64url.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/core/bytes.ts'
import type { Did } from '../../src/model/did.ts'
import { parseVcJwt } from '../../src/securing/vc-jose/parse-vc-jwt.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { TrustEntry } from '../../src/verifier/trust.ts'
import { AUDIENCE, codeOf, makePerson, readLink, World } from '../helpers/world.ts'

const READ = { action: 'mail.read' }

let world: World

beforeEach(async () => {
  world = await World.create()
})

async function trusting(...trust: readonly TrustEntry[]): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust,
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
  })
  await verifier.sync()
  return verifier
}

describe('a credential of megabytes', () => {
  it('is refused unread [CP-17]', async () => {
    const [, token] = await world.agentChain()
    const [header = '', , signature = ''] = token.split('.')
    const huge = `${header}.${encodeBase64url(new Uint8Array(5_000_000))}.${signature}`

    expect(parseVcJwt(token).verified).toBe(true)
    expect(parseVcJwt(huge)).toMatchObject({ verified: false, refusal: { code: 'limit_exceeded' } })
  })
})

describe('the status of a credential', () => {
  /** The same token without `credentialStatus`, under the signature that covered it. */
  function withoutStatus(token: string): string {
    const [header, payload = '', signature] = token.split('.')
    const { credentialStatus: _, ...rest } = JSON.parse(
      decodeUtf8(decodeBase64url(payload) ?? new Uint8Array()) ?? '',
    )
    return `${header}.${encodeBase64url(encodeUtf8(JSON.stringify(rest)))}.${signature}`
  }

  it('cannot be cut out [SS-08]', async () => {
    const verifier = await trusting(world.trust)
    const [root, agent] = await world.agentChain()

    expect(codeOf(await verifier.verify(await world.present([root, agent]), READ))).toBe('verified')
    const cut = await world.present([root, withoutStatus(agent)])
    expect(codeOf(await verifier.verify(cut, READ))).toBe('status_missing')
  })

  it('cannot be cut out of a last link either, where one without would be allowed [SS-08]', async () => {
    const verifier = await trusting(world.trust)
    const above = await world.agentChain({ allowStatusless: true })
    const last = await world.sign(world.derivedCredential(await readLink(above[1])), world.agent.signer)
    const { signer } = world.subAgent

    const whole = await world.present([...above, last], { signer })
    expect(codeOf(await verifier.verify(whole, READ))).toBe('verified')
    const cut = await world.present([...above, withoutStatus(last)], { signer })
    expect(codeOf(await verifier.verify(cut, READ))).toBe('signature_invalid')
  })
})

describe('trust in an authority', () => {
  it('is in the whole DID, not in how it begins [TP-02]', async () => {
    const { authority } = world.trust
    const beginning = authority.slice(0, -1) as Did
    const presented = async () => world.present(await world.agentChain())

    expect(codeOf(await (await trusting(world.trust)).verify(await presented(), READ))).toBe('verified')
    const verifier = await trusting({ ...world.trust, authority: beginning })
    expect(codeOf(await verifier.verify(await presented(), READ))).toBe('untrusted_authority')
    for (const other of [`${authority}#`, `${authority}*`, `${authority}/`])
      await expect(trusting({ ...world.trust, authority: other as Did })).rejects.toMatchObject({
        code: 'ERR_PROCURA_INVALID_CONFIGURATION',
      })
  })

  it('does not make anything be fetched that only a credential names [SL-06]', async () => {
    const verifier = await trusting(world.trust)
    const owner = world.ownerCredential()
    const base = 'http://127.0.0.1:9/status'
    const statusService = { ...owner.subject.statusService, origins: [`${base}/`] }
    const status = { revocation: `${base}/r1`, suspension: `${base}/s1`, index: 1 }
    const chain = await Promise.all([
      world.sign({ ...owner, status, subject: { ...owner.subject, statusService } }, world.authority.signer),
      world.sign(world.agentCredential({}, { status: { ...status, index: 2 } }), world.owner.signer),
    ])

    expect(codeOf(await verifier.verify(await world.present(chain), READ))).toBe('status_unavailable')
    await verifier.sync()
    expect(codeOf(await verifier.verify(await world.present(chain), READ))).toBe('status_unavailable')
    expect(world.site.requests.filter((url) => url.startsWith(base))).toEqual([])
    const honest = await world.present(await world.agentChain())
    expect(codeOf(await verifier.verify(honest, READ))).toBe('verified')
  })

  it("does not let one authority's lists speak for another that has the same status issuer [SL-10]", async () => {
    const second = await makePerson()
    const base = 'https://id.example/status/globex'
    const places = { statusOrigins: [`${base}/`], head: `${base}/head` }
    const trust = { ...world.trust, authority: second.did, ...places }
    const verifier = await trusting(world.trust, trust)
    const chain = await Promise.all([
      world.sign(world.ownerCredential({ issuer: second.did }), second.signer),
      world.sign(world.agentCredential({ authority: second.did }), world.owner.signer),
    ])

    expect(codeOf(await verifier.verify(await world.present(chain), READ))).toBe('status_unavailable')
    const honest = await world.present(await world.agentChain())
    expect(codeOf(await verifier.verify(honest, READ))).toBe('verified')
  })
})

describe('a refusal', () => {
  it('has nothing on it that could be taken for a verdict [TP-08]', async () => {
    const verifier = await trusting(world.trust)
    const presented = await world.present(await world.agentChain())

    const accepted = await verifier.verify(presented, READ)
    const refused = await verifier.verify(presented, READ)

    expect(accepted.verified).toBe(true)
    expect(refused).toEqual({
      verified: false,
      refusal: { code: 'replayed', authenticated: false, retryable: false },
    })
  })
})
