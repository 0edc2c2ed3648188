import { beforeAll, describe, expect, it } from 'vitest'
import { RULES, type RuleName } from '../../src/verifier/rules.ts'
import { BEYOND_PARENT, type Draft, forged, newDraft, verdictOn } from '../helpers/draft.ts'
import { mailGrant, makePerson, NOW, World } from '../helpers/world.ts'

const MINUTE = 60_000

let world: World
let stranger: Awaited<ReturnType<typeof makePerson>>

beforeAll(async () => {
  world = await World.create()
  stranger = await makePerson()
  world.site.set('revocation', 5)
  await world.site.publish()
})

/** For each rule, a change that breaks it and no rule before it. */
const BREAK: Readonly<Record<RuleName, (draft: Draft) => unknown>> = {
  limits: ({ field }) => field.push((text) => text + ' '.repeat(8192)),
  form: ({ field }) => field.push((text) => `!${text}`),
  joining: ({ texts }) => texts.push(([owner = '', , ...others]) => [owner, ...others]),
  emergency: (draft) => Object.assign(draft, { isListed: true }),
  'presentation-use': (draft) => Object.assign(draft, { isToken: true }),
  mechanisms: (draft) => Object.assign(draft, { rootMechanism: 'eddsa-rdfc-2022' }),
  tenant: ({ limits }) => Object.assign(limits, { tenants: ['other'] }),
  environment: ({ options }) => Object.assign(options, { environment: 'staging' }),
  'owner-in-person': (draft) => Object.assign(draft, { isOwnerInPerson: true }),
  revocable: (draft) => {
    draft.hasStatus = false
    Object.assign(draft.options, {
      freshness: { 'mail.read': 'critical', 'mail.none': 'critical', '*': 'sensitive' },
    })
  },
  validity: ({ owner }) => Object.assign(owner, { validUntil: NOW - MINUTE }),
  attenuation: ({ subAgent }) => Object.assign(subAgent, BEYOND_PARENT),
  authorization: (draft) => Object.assign(draft, { ask: { action: 'mail.none' } }),
  trust: (draft) => Object.assign(draft, { isTrusted: false }),
  blocked: ({ limits }) => Object.assign(limits, { blocked: { owners: [world.owner.did] } }),
  'may-grant': ({ limits }) => Object.assign(limits, { mayGrant: [] }),
  assurance: ({ options }) =>
    Object.assign(options, { assurance: { levels: ['hardware'], minimum: { '*': 'hardware' } } }),
  'status-service': ({ ownerSubject }) =>
    Object.assign(ownerSubject, {
      statusService: { issuer: stranger.did, origins: [`${world.site.base}/`] },
    }),
  'known-status': ({ owner }) => Object.assign(owner, { status: world.site.entry(5) }),
  signatures: ({ texts }) => texts.push(forged),
  'holder-proof': (draft) => Object.assign(draft, { signedBefore: 10 * MINUTE }),
  freshness: (draft) => Object.assign(draft, { later: 6 * MINUTE }),
  usage: ({ ownerSubject, options }) => {
    const constraints = [{ kind: 'count' as const, id: 'c1', max: 1 }]
    Object.assign(ownerSubject, { authorizationDetails: [mailGrant({ constraints })] })
    Object.assign(options, { usage: { reserve: () => ({ exhausted: [0] }), release: () => undefined } })
  },
}

/** Pairs of which the one undoes the other, or cannot be had with it. */
const APART: readonly (readonly [RuleName, RuleName])[] = [
  // Tokens are in another field.
  ['limits', 'presentation-use'],
  ['form', 'presentation-use'],
  // A chain of one link has nothing to join, to hand on, or to go without status.
  ['joining', 'owner-in-person'],
  ['owner-in-person', 'revocable'],
  ['owner-in-person', 'attenuation'],
  // Whom nobody trusts, nobody has limited.
  ['tenant', 'trust'],
  // Nor follows what they list.
  ['emergency', 'trust'],
]

const NAMES = RULES.map(({ rule }) => rule)
const PAIRS = NAMES.flatMap((first, i) =>
  NAMES.slice(i + 1).map((second) => [first, second] as const),
).filter((pair) => !APART.some(([first, second]) => pair[0] === first && pair[1] === second))

async function brokenRule(...rules: readonly RuleName[]): Promise<string> {
  const draft = newDraft()
  for (const rule of rules) BREAK[rule](draft)
  const explanation = await (await verdictOn(draft, world)).explain()
  return explanation.rules.find(({ outcome }) => outcome === 'refused')?.rule ?? 'none'
}

describe('the rules', () => {
  it('are all kept by the presentation that the others differ from', async () => {
    expect(await brokenRule()).toBe('none')
  })

  it.each(NAMES)('are each broken alone: %s', async (rule) => {
    expect(await brokenRule(rule)).toBe(rule)
  })

  it('are applied in their order: of any two that are broken, the first is the refusal', {
    timeout: 120_000,
  }, async () => {
    for (const [first, second] of PAIRS)
      expect(await brokenRule(first, second), `${first} and ${second}`).toBe(first)
    expect(PAIRS).toHaveLength((NAMES.length * (NAMES.length - 1)) / 2 - APART.length)
  })
})
