import { beforeAll, describe, expect, it } from 'vitest'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
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
    expect(await digest({ trust: [{ ...world.trust, mirrors: ['https://copy.example/'] }] })).toBe(
      await digest(),
    )
    expect(await digest()).toMatch(/^[\w-]{43}$/)
  })

  it.each<[string, (reversed: <T>(...list: T[]) => readonly T[]) => Partial<VerifierOptions>]>([
    [
      'actions that an authority may grant',
      (list) => ({ trust: [{ ...world.trust, mayGrant: [{ actions: list('a', 'b') }] }] }),
    ],
    [
      'entries of what an authority may grant',
      (list) => ({
        trust: [
          { ...world.trust, mayGrant: list({ actions: ['a'] }, { actions: ['b'], identifiers: ['x'] }) },
        ],
      }),
    ],
    [
      'places and resources of one',
      (list) => ({
        trust: [
          {
            ...world.trust,
            mayGrant: [
              {
                actions: ['a'],
                locations: list(`${AUDIENCE}b`, `${AUDIENCE}a`),
                identifiers: list('y', 'x'),
              },
            ],
          },
        ],
      }),
    ],
    [
      'software that is blocked, and its versions',
      (list) => ({
        trust: [
          {
            ...world.trust,
            blocked: { software: list({ name: 'b' }, { name: 'a', versions: list('2', '1') }) },
          },
        ],
      }),
    ],
    [
      'owners and tenants',
      (list) => ({
        trust: [{ ...world.trust, tenants: list('b', 'a'), blocked: { agents: list('y', 'x') } }],
      }),
    ],
    [
      'origins of status',
      (list) => ({
        trust: [
          { ...world.trust, statusOrigins: list(...world.trust.statusOrigins, 'https://id.example/more/') },
        ],
      }),
    ],
    ['algorithms', (list) => ({ algorithms: list<'EdDSA' | 'ES256'>('EdDSA', 'ES256') })],
  ])('does not depend on the order of %s', async (_, options) => {
    const written = options((...items) => items)

    expect(await digest(options((...items) => items.toReversed()))).toBe(await digest(written))
    expect(await digest(options((...items) => items.slice(0, 1)))).not.toBe(await digest(written))
  })

  it('depends on the order of levels, which is their rank', async () => {
    const minimum = { '*': 'mfa' }
    const low = await digest({ assurance: { levels: ['mfa', 'hardware'], minimum } })

    expect(await digest({ assurance: { levels: ['hardware', 'mfa'], minimum } })).not.toBe(low)
    expect(await digest({ assurance: { levels: ['mfa', 'hardware'], minimum } })).toBe(low)
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
