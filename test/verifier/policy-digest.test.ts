import { beforeAll, describe, expect, it } from 'vitest'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/policy.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

let world: World

beforeAll(async () => {
  world = await World.create()
})

function digest(options: Partial<VerifierOptions> = {}): Promise<string> {
  const freshness = { 'mail.read': 'routine', '*': 'sensitive' } as const
  return createVerifier({ audience: AUDIENCE, trust: [world.trust], freshness, ...options }).policyDigest()
}

describe('the digest of a policy', () => {
  it('is the same for the same policy, in whatever order it was written', async () => {
    const { authority, ...rest } = world.trust
    const freshness = { '*': 'sensitive', 'mail.read': 'routine' } as const

    expect(await digest({ freshness, trust: [{ ...rest, authority }] })).toBe(await digest())
    expect(await digest({ bearer: ['a', 'b'] })).toBe(await digest({ bearer: ['b', 'a'] }))
    expect(await digest({ pollSeconds: 1 })).toBe(await digest())
    expect(await digest()).toMatch(/^[\w-]{43}$/)
  })

  it.each<[string, () => Partial<VerifierOptions>]>([
    ['audience', () => ({ audience: 'https://other.example/' })],
    ['trust', () => ({ trust: [] })],
    ['tenants of a trust entry', () => ({ trust: [{ ...world.trust, tenants: ['acme'] }] })],
    [
      'what an authority may grant',
      () => ({ trust: [{ ...world.trust, mayGrant: [{ actions: ['mail.read'] }] }] }),
    ],
    ['list of who is blocked', () => ({ trust: [{ ...world.trust, blocked: { agents: ['agt_mailer'] } }] })],
    ['level of assurance', () => ({ assurance: { levels: ['low', 'high'], minimum: { '*': 'high' } } })],
    ['environment', () => ({ environment: 'staging' })],
    ['freshness', () => ({ freshness: { '*': 'sensitive' } })],
    ['bearer', () => ({ bearer: ['mail.read'] })],
    ['owner in person', () => ({ ownerInPerson: true })],
    ['rdfc', () => ({ rdfc: true })],
    ['who compares bodies', () => ({ bodyCheckedUpstream: true })],
    ['algorithms', () => ({ algorithms: ['EdDSA'] })],
  ])('is another one with another %s', async (_, options) => {
    expect(await digest(options())).not.toBe(await digest())
  })

  it('follows whom to trust at run time', async () => {
    const verifier = createVerifier({
      audience: AUDIENCE,
      trust: [world.trust],
      freshness: { '*': 'sensitive' },
    })
    const before = await verifier.policyDigest()

    verifier.setTrust([{ ...world.trust, tenants: ['acme'] }])
    expect(await verifier.policyDigest()).not.toBe(before)
    verifier.setTrust([world.trust])
    expect(await verifier.policyDigest()).toBe(before)
  })
})
