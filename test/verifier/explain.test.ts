import { describe, expect, it } from 'vitest'
import { REFUSAL_CODES, type RefusalCode } from '../../src/refusal.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { evidenceOf } from '../../src/verifier/evidence.ts'
import type { RuleOutcome } from '../../src/verifier/explain.ts'
import { RULES, type RuleName } from '../../src/verifier/rules.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import { BEYOND_PARENT, type Draft, forged, newDraft, verdictOn } from '../helpers/draft.ts'
import { AUDIENCE, mailGrant, makeWebPerson, NOW, World } from '../helpers/world.ts'

async function startIn(world: World): Promise<Verifier> {
  const { trust, clock, site } = world
  const freshness = { '*': 'sensitive' } as const
  const made = createVerifier({ audience: AUDIENCE, trust: [trust], freshness, fetch: site.fetch, clock })
  await made.sync()
  return made
}

async function outcomesOf(verdict: PresentationVerdict): Promise<Record<string, string>> {
  const { rules } = await verdict.explain()
  return Object.fromEntries(rules.map(({ rule, outcome }) => [rule, outcome]))
}

describe('explain', () => {
  it('says of an accepted presentation that it kept every rule', async () => {
    const world = await World.create()
    const verifier = await startIn(world)

    const verdict = await verifier.verify(await world.present(await world.agentChain()), {
      action: 'mail.read',
    })

    expect((await verdict.explain()).verified).toBe(true)
    expect(new Set(Object.values(await outcomesOf(verdict)))).toEqual(new Set(['passed']))
    expect(Object.keys(await outcomesOf(verdict))).toEqual(RULES.map(({ rule }) => rule))
  })

  it('names the rule that was broken, and those that were not reached', async () => {
    const world = await World.create()
    const verifier = await startIn(world)

    const verdict = await verifier.verify(await world.present(await world.agentChain()), {
      action: 'mail.purge',
    })

    const { verified, rules } = await verdict.explain()
    expect(verified).toBe(false)
    const unreached = rules.filter(({ outcome }) => outcome === 'not_reached')
    expect(unreached.map(({ facts }) => facts)).toEqual(unreached.map(() => ({})))
    expect(await outcomesOf(verdict)).toMatchObject({
      attenuation: 'passed',
      authorization: 'refused',
      trust: 'not_reached',
      signatures: 'not_reached',
    })
  })

  it('belongs to a verdict as it was returned: a copy is no verdict', async () => {
    const world = await World.create()
    const verifier = await startIn(world)
    const verdict = await verifier.verify(await world.present(await world.agentChain()), {
      action: 'mail.read',
    })

    expect(() => evidenceOf({ ...verdict })).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
    expect(evidenceOf(verdict).broken).toBeUndefined()
    expect(JSON.stringify(verdict)).not.toContain('eyJ')
  })
})

const MINUTE = 60_000
const world = await World.create()
world.site.set('revocation', 5)
world.site.set('suspension', 6)
await world.site.publish()

async function explained(change: (draft: Draft) => unknown, from = world) {
  const draft = newDraft()
  change(draft)
  const verdict = await verdictOn(draft, from)
  const { rules, text } = await verdict.explain()
  const refused = rules.find(({ outcome }) => outcome === 'refused')
  return { verdict, rules, text: text(), refused }
}

/** For each code, what is refused by it, and by which rule. */
const CODES: readonly (readonly [RefusalCode, RuleName, (draft: Draft) => unknown])[] = [
  ['malformed', 'form', ({ field }) => field.push((text) => `!${text}`)],
  ['limit_exceeded', 'limits', ({ field }) => field.push((text) => text + ' '.repeat(8192))],
  ['unsupported', 'mechanisms', (draft) => Object.assign(draft, { rootMechanism: 'eddsa-rdfc-2022' })],
  ['unsupported', 'signatures', ({ options }) => Object.assign(options, { algorithms: ['ES256'] })],
  ['untrusted_authority', 'trust', (draft) => Object.assign(draft, { isTrusted: false })],
  ['signature_invalid', 'signatures', ({ texts }) => texts.push(forged)],
  ['key_not_authorized', 'form', ({ owner }) => Object.assign(owner, { issuer: world.agent.did })],
  ['chain_broken', 'joining', ({ texts }) => texts.push(([owner = '', , ...others]) => [owner, ...others])],
  ['chain_required', 'form', ({ field }) => field.push(() => `ref;sha-256=:${'A'.repeat(43)}=:`)],
  ['capability_escalated', 'attenuation', ({ subAgent }) => Object.assign(subAgent, BEYOND_PARENT)],
  ['depth_exceeded', 'joining', ({ subAgent }) => Object.assign(subAgent, { maxDepth: 2 })],
  ['not_authorized', 'authorization', (draft) => Object.assign(draft, { ask: { action: 'mail.none' } })],
  ['not_authorized', 'may-grant', ({ limits }) => Object.assign(limits, { mayGrant: [] })],
  [
    'constraint_violated',
    'authorization',
    ({ subAgent }) =>
      Object.assign(subAgent, {
        authorizationDetails: [
          mailGrant({ actions: ['mail.read'], constraints: [{ kind: 'one_of', on: ['to'], values: ['a'] }] }),
        ],
      }),
  ],
  [
    'audience_mismatch',
    'presentation-use',
    (draft) => Object.assign(draft, { isToken: true, options: { audience: 'https://other.example/' } }),
  ],
  ['tenant_mismatch', 'tenant', ({ limits }) => Object.assign(limits, { tenants: ['other'] })],
  ['environment_mismatch', 'environment', ({ options }) => Object.assign(options, { environment: 'dev' })],
  ['not_yet_valid', 'validity', ({ owner }) => Object.assign(owner, { validFrom: NOW + MINUTE })],
  ['expired', 'validity', ({ owner }) => Object.assign(owner, { validUntil: NOW - MINUTE })],
  ['revoked', 'known-status', ({ owner }) => Object.assign(owner, { status: world.site.entry(5) })],
  ['suspended', 'known-status', ({ owner }) => Object.assign(owner, { status: world.site.entry(6) })],
  [
    'status_missing',
    'revocable',
    (draft) => Object.assign(draft, { hasStatus: false, options: { freshness: { '*': 'critical' } } }),
  ],
  ['status_unavailable', 'freshness', (draft) => Object.assign(draft, { isSynced: false })],
  ['status_stale', 'freshness', (draft) => Object.assign(draft, { later: 6 * MINUTE })],
  [
    'status_invalid',
    'status-service',
    ({ owner }) => {
      const elsewhere = 'https://elsewhere.example'
      const status = { revocation: `${elsewhere}/r1`, suspension: `${elsewhere}/s1`, index: 1 }
      Object.assign(owner, { status })
    },
  ],
  ['holder_proof_invalid', 'holder-proof', (draft) => Object.assign(draft, { signedBefore: 10 * MINUTE })],
  [
    'replayed',
    'holder-proof',
    (draft) => Object.assign(draft, { before: (v: Verifier, r: never) => v.verify(r, draft.ask) }),
  ],
  [
    'replay_unavailable',
    'holder-proof',
    ({ options }) => Object.assign(options, { replay: { use: () => 'unavailable' } }),
  ],
  ['usage_exhausted', 'usage', (draft) => count(draft, { exhausted: [0] })],
  ['usage_unavailable', 'usage', (draft) => count(draft, 'unavailable')],
]

/** The owner holds something that is counted, and the store answers so. */
function count(draft: Draft, answer: 'reserved' | 'unavailable' | { readonly exhausted: readonly number[] }) {
  const constraints = [{ kind: 'count' as const, id: 'c1', max: 1 }]
  draft.ownerSubject = { authorizationDetails: [mailGrant({ constraints })] }
  draft.options = { usage: { reserve: () => answer, release: () => undefined } }
}

/** Not of `verify`: of the sync state, and of what is not built. */
const ELSEWHERE: readonly RefusalCode[] = ['status_rollback', 'approval_required']

describe('the explanation of a refusal', () => {
  it.each(CODES)('by %s names the rule %s', async (code, rule, change) => {
    const { verdict, refused, text } = await explained(change)

    expect(verdict).toMatchObject({ verified: false, refusal: { code } })
    expect(refused).toMatchObject({ rule, facts: { code } })
    expect(text).toMatch(new RegExp(`^refused, ${code}: `))
    expect(text).toMatch(new RegExp(`^ ?\\d+  ${rule} +REFUSED  .*code ${code}`, 'm'))
  })

  it('by did_unresolvable names the rule trust', async () => {
    const authority = await makeWebPerson('did:web:id.example')
    const web = await World.create('Ed25519', { authority })
    const { verdict, refused } = await explained((draft) => Object.assign(draft, { isSynced: false }), web)

    expect(verdict).toMatchObject({ refusal: { code: 'did_unresolvable' } })
    expect(refused).toMatchObject({ rule: 'trust', facts: { link: 0 } })
  })

  it('is shown here for every code that there is', () => {
    const shown = new Set<RefusalCode>([...CODES.map(([code]) => code), 'did_unresolvable', ...ELSEWHERE])

    expect(REFUSAL_CODES.filter((code) => !shown.has(code))).toEqual([])
  })

  it('says how old the status was, and how old it might have been', async () => {
    const { refused } = await explained((draft) => Object.assign(draft, { later: 6 * MINUTE }))

    expect(refused?.facts).toEqual({
      code: 'status_stale',
      link: 0,
      dimension: 'freshness',
      tier: 'sensitive',
      maxAgeSeconds: 300,
      ageSeconds: 360,
    })
  })

  it('says for how long a link has ended, or when it begins', async () => {
    const ended = await explained(({ owner }) => Object.assign(owner, { validUntil: NOW - MINUTE }))
    const early = await explained(({ owner }) => Object.assign(owner, { validFrom: NOW + MINUTE }))

    expect(ended.refused?.facts).toEqual({ code: 'expired', link: 0, skewSeconds: 30, endedSecondsAgo: 60 })
    expect(early.refused?.facts).toMatchObject({ code: 'not_yet_valid', beginsInSeconds: 60 })
  })

  /** Revokes the owner when the draft's presentation is judged, while a store is waited for. */
  async function overtaken(store: (draft: Draft, revoke: () => Promise<void>) => void) {
    const own = await World.create()
    const { verdict, rules } = await explained((draft) => {
      let verifier: Verifier | undefined
      draft.before = async (made) => {
        verifier = made
      }
      store(draft, async () => {
        own.site.set('revocation', 1)
        await own.site.publish()
        await verifier?.sync()
      })
    }, own)
    expect(verdict).toMatchObject({ refusal: { code: 'revoked', authenticated: true } })
    return rules.map(({ step, rule, outcome }) => `${step} ${rule} ${outcome}`)
  }

  it('says that the rules before had been kept when one is broken later', async () => {
    const outcomes = await overtaken((draft, revoke) => {
      draft.options = { replay: { use: () => revoke().then(() => 'fresh' as const) } }
    })

    expect(outcomes.slice(-7)).toEqual([
      '6 status-service passed',
      '7 known-status passed',
      '8 signatures passed',
      '9 holder-proof passed',
      '10 known-status refused',
      '10 freshness not_reached',
      '11 usage not_reached',
    ])
  })

  it('says so too when it is broken while usage is counted', async () => {
    const outcomes = await overtaken((draft, revoke) => {
      count(draft, 'reserved')
      const reserve = () => revoke().then(() => 'reserved' as const)
      draft.options = { usage: { reserve, release: () => undefined } }
    })

    expect(outcomes.slice(-4)).toEqual([
      '9 holder-proof passed',
      '10 freshness passed',
      '11 usage passed',
      '11 known-status refused',
    ])
  })

  it('draws no line that the name of an action asks for', async () => {
    const action = 'mail.none\n11  usage  passed \u202e'
    const { text } = await explained((draft) => Object.assign(draft, { ask: { action } }))

    expect(text.split('\n')).toHaveLength(1 + RULES.length)
    expect(text).toContain('action mail.none?11  usage  passed ?')
  })
})

describe('an explanation', () => {
  /** Everything that could tell one from another. */
  const identities = () => [
    ...[world.authority, world.owner, world.agent, world.subAgent].map(({ did }) => did.slice(-12)),
    'agt_mailer',
    'acme',
    'urn:uuid',
    'mfa',
    'support mail',
    'eyJ',
    'status/acme',
  ]

  it('names nobody, accepted or refused', async () => {
    const changes = [() => undefined, ...CODES.map(([, , change]) => change)]
    for (const change of changes) {
      const { rules, text } = await explained(change)
      const said = JSON.stringify(rules) + text
      expect(identities().filter((identity) => said.includes(identity))).toEqual([])
    }
    expect(JSON.stringify(await world.subAgentChain())).toContain('eyJ')
  })

  it('shows what was compared', async () => {
    const { rules, text } = await explained((draft) => {
      draft.limits = { mayGrant: [{ actions: ['mail.read'] }], blocked: { agents: ['agt_a', 'agt_b'] } }
      draft.options = { assurance: { levels: ['password', 'mfa'], minimum: { '*': 'password' } } }
    })
    const facts = Object.fromEntries(rules.map((outcome: RuleOutcome) => [outcome.rule, outcome.facts]))

    expect(facts).toMatchObject({
      limits: { links: 3, mostLinks: 8 },
      form: { mechanisms: 'vc+jwt' },
      'presentation-use': { presented: 'request' },
      environment: { environment: 'production' },
      authorization: { action: 'mail.read' },
      blocked: { owners: 0, agents: 2, software: 0 },
      'may-grant': { entries: 1 },
      assurance: { minimum: 'password' },
      'holder-proof': { endsInSeconds: 60 },
      freshness: { tier: 'sensitive', maxAgeSeconds: 300, ageSeconds: 0 },
      usage: { reserved: false },
    })
    expect(text).toMatch(/^verified\n 1 {2}limits +passed +links 3, mostLinks 8\n/)
    expect(text.split('\n')).toHaveLength(1 + RULES.length)
  })
})
