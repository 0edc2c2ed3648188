import { beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import type { DelegationCredential, DerivedSubject } from '../../src/model/credential.ts'
import type { Grant } from '../../src/model/grant.ts'
import { mailGrant, makePerson, type Person, readLink } from '../helpers/world.ts'
import { payloadOf, presentRaw, signRaw } from './raw.ts'
import { READ, SEND, Stage } from './stage.ts'

const HOUR = 3_600_000
const BERLIN = {
  kind: 'time',
  days: [1, 2, 3, 4, 5, 6, 7],
  from: 0,
  to: 1439,
  zone: 'Europe/Berlin',
} as const

let stage: Stage
let root: string
let agent: string
let other: Person

beforeAll(async () => {
  stage = await Stage.create()
  ;[root, agent] = await stage.world.agentChain()
  other = await makePerson()
})

/** Owner → agent → sub-agent, whose link has these members. */
async function derive(
  subject: Partial<DerivedSubject> = {},
  changes: Partial<DelegationCredential> = {},
  above: string = agent,
): Promise<string[]> {
  const { world } = stage
  const credential = world.derivedCredential(await readLink(above), subject, changes)
  return [root, above, await world.sign(credential, world.agent.signer)]
}

/** Link 1 with a grant of its own. */
async function agentWith(...grants: readonly Grant[]): Promise<string> {
  const { world } = stage
  return world.sign(world.agentCredential({ authorizationDetails: grants }), world.owner.signer)
}

/** A chain whose last link is JSON that no writer of ours would write. */
async function deriveRaw(change: (subject: Record<string, Json>) => void): Promise<string[]> {
  const chain = await derive()
  const credential = JSON.parse(payloadOf(chain[2] ?? ''))
  change(credential.credentialSubject)
  return [root, agent, await signRaw(JSON.stringify(credential), stage.world.agent.signer)]
}

describe('an honest chain', () => {
  it('is accepted and names everybody [DC-01]', async () => {
    const request = await stage.world.present(await derive(), { signer: stage.world.subAgent.signer })
    const { authority, owner, agent: first, subAgent } = stage.world

    expect(await stage.verdictsOf((verifier) => verifier.verify(request, READ))).toMatchObject({
      verified: true,
      kind: 'SubAgent',
      authority: authority.did,
      owner: owner.did,
      agent: 'agt_mailer',
      presenter: subAgent.did,
      chain: [{ subject: owner.did }, { subject: first.did }, { subject: subAgent.did }],
      grant: [{ actions: ['mail.read'] }],
    })
  })
})

describe('a link', () => {
  it('is issued by the subject of the one above [DC-02]', async () => {
    const { world } = stage
    const { subject, ...rest } = world.derivedCredential(await readLink(agent))
    const byOther = await world.sign({ ...rest, issuer: other.did, subject }, other.signer)

    expect(await stage.derived([root, agent, byOther])).toBe('chain_broken')
    expect(await stage.derived(await derive())).toBe('verified')
  })

  it.each<[what: string, grant: Partial<Grant>]>([
    ['an action', { actions: ['mail.read', 'mail.delete'] }],
    ['another host', { locations: [{ origin: 'https://other.example', path: '/' }] }],
    ['another type', { type: 'admin' }],
    ['a looser limit', { constraints: [{ kind: 'range', on: ['n'], max: 100n * 10n ** 18n }] }],
    ['a limit without its other end', { constraints: [{ kind: 'range', on: ['n'], min: 0n }] }],
    ['one more value', { constraints: [{ kind: 'one_of', on: ['to'], values: ['a', 'b'] }] }],
    ['a resource', { identifiers: ['inbox/', 'admin'] }],
  ])('does not grant %s more than its parent [DC-03]', async (_what, changes) => {
    const above = await agentWith(
      mailGrant({
        identifiers: ['inbox/'],
        constraints: [
          { kind: 'range', on: ['n'], max: 10n * 10n ** 18n },
          { kind: 'one_of', on: ['to'], values: ['a'] },
        ],
      }),
    )
    const ask = { ...READ, identifier: 'inbox/1', arguments: { n: 5, to: 'a' } }
    const grant = mailGrant({ actions: ['mail.read'], ...changes })
    const chain = await derive({ authorizationDetails: [grant] }, {}, above)
    const honest = await derive({}, {}, above)

    expect(await stage.derived(chain, ask)).toBe(
      changes.type === 'admin' ? 'unsupported' : 'capability_escalated',
    )
    expect(await stage.derived(honest, ask)).toBe('verified')
  })

  it('that does not repeat a limit of its parent is bound by it on each request [DC-03]', async () => {
    const limit = { kind: 'range', on: ['n'], max: 10n * 10n ** 18n } as const
    const chain = await derive({}, {}, await agentWith(mailGrant({ constraints: [limit] })))
    const ask = (n: Json) => stage.derived(chain, { ...READ, arguments: { n } })

    expect(await ask(10)).toBe('verified')
    expect(await ask(11)).toBe('constraint_violated')
    expect(await ask(-1)).toBe('constraint_violated')
    expect(await ask('1e1')).toBe('constraint_violated')
    expect(await ask([5])).toBe('constraint_violated')
    expect(await stage.derived(chain)).toBe('constraint_violated')
  })

  it.each([
    'w/notesSECRET',
    'w/notes/../admin',
    'w/notes%2f..',
    'w/notes/%2e%2e/admin',
    'w/notes//admin',
    'W/notes',
    'w/notes/a\\..\\b',
    'w/notes;x',
  ])('does not cover by how it begins: %s [DC-04, PD-21]', async (identifier) => {
    const above = await agentWith(mailGrant({ identifiers: ['w/notes/'] }))
    const narrowed = (to: string) =>
      derive({ authorizationDetails: [mailGrant({ actions: ['mail.read'], identifiers: [to] })] }, {}, above)

    expect(await stage.derived(await narrowed(identifier), { ...READ, identifier })).toBe(
      'capability_escalated',
    )
    expect(await stage.chain([root, above], {}, { ...READ, identifier })).toBe('not_authorized')
    expect(await stage.derived(await narrowed('w/notes/a'), { ...READ, identifier: 'w/notes/a' })).toBe(
      'verified',
    )
  })

  it.each([
    '/inboxSECRET',
    '/inbox/../admin',
    '/inbox/%2e%2e/admin',
    '/inbox/..%2fadmin',
    '/inbox//x',
    '/inbox/;a',
    '/INBOX',
  ])('does not cover a request to %s, for which it was not given [DC-04, PD-21]', async (target) => {
    const locations = [{ origin: 'https://mail.example', path: '/inbox' }]
    const chain = [root, await agentWith(mailGrant({ locations }))]

    const asked = (to: string) => presentRaw(stage.world, chain, { target: to })
    expect(await stage.request(await asked(target))).toBe('not_authorized')
    expect(await stage.request(await asked('/inbox/1'))).toBe('verified')
  })

  it.each<[what: string, name: string, value: Json | undefined]>([
    ['no', 'locations', undefined],
    ['empty', 'locations', []],
    ['null', 'locations', null],
    ['null among', 'locations', [null]],
    ['no', 'actions', undefined],
    ['empty', 'actions', []],
    ['null', 'actions', null],
    ['any', 'actions', ['*']],
    ['any mail', 'actions', ['mail.*']],
    ['null', 'identifiers', null],
    ['empty text as', 'identifiers', ['']],
    ['null', 'constraints', null],
  ])('with %s %s grants nothing, least of all everything [DC-05, PD-21]', async (_what, name, value) => {
    const chain = await deriveRaw((subject) => {
      const [grant = {}] = subject.authorizationDetails as Record<string, Json>[]
      if (value === undefined) delete grant[name]
      else grant[name] = value
    })

    expect(await stage.derived(chain)).toBe('malformed')
    expect(await stage.derived(await derive())).toBe('verified')
  })

  it.each<[where: string, above: readonly string[] | undefined, below: readonly string[] | undefined]>([
    ['in the child', undefined, []],
    ['in the parent', [], undefined],
  ])('with an empty list of resources grants none, %s [DC-05]', async (_where, above, below) => {
    const parent = await agentWith(mailGrant(above === undefined ? {} : { identifiers: above }))
    const grant = mailGrant({
      actions: ['mail.read'],
      ...(below === undefined ? {} : { identifiers: below }),
    })
    const chain = await derive({ authorizationDetails: [grant] }, {}, parent)

    expect(await stage.derived(chain, { ...READ, identifier: 'inbox/1' })).toBe('not_authorized')
    expect(await stage.derived(chain)).toBe('not_authorized')
    expect(await stage.derived(await derive(), { ...READ, identifier: 'inbox/1' })).toBe('verified')
  })

  it('lives within its parent, and no longer than that [DC-07, PD-08]', async () => {
    const { now } = stage.world

    expect(await stage.derived(await derive({}, { validUntil: now + 24 * HOUR }))).toBe('chain_broken')
    expect(await stage.derived(await derive({}, { validFrom: now - 2 * HOUR }))).toBe('chain_broken')
    expect(await stage.derived(await derive({}, { validUntil: now + 23 * HOUR }))).toBe('verified')
  })

  it('ends with the end of a parent, however long it says [DC-07]', async () => {
    const { world } = stage
    const ended = await world.sign(
      world.agentCredential({}, { validFrom: world.now - 2 * HOUR, validUntil: world.now - HOUR }),
      world.owner.signer,
    )
    const chain = await derive({}, { validFrom: world.now - 2 * HOUR, validUntil: world.now - HOUR }, ended)

    expect(await stage.derived(chain)).toBe('expired')
    expect(await stage.derived(await derive())).toBe('verified')
  })

  it('in the middle has a status entry [DC-10]', async () => {
    const { world } = stage
    const statusless = { ...JSON.parse(payloadOf(agent)) }
    delete statusless.credentialStatus
    const bare = await signRaw(JSON.stringify(statusless), world.owner.signer)
    const last = await derive()

    expect(await stage.chain([root, bare])).toBe('status_missing')
    expect(await stage.derived([root, bare, last[2] ?? ''])).toMatch(/^(status_missing|chain_broken)$/)
    expect(await stage.derived(last)).toBe('verified')
  })

  it('is shown with all that are above it [DC-11]', async () => {
    const [, , last = ''] = await derive()
    const reference = JSON.stringify({ id: 'urn:uuid:00000000-0000-4000-8000-000000000001' })
    const before = stage.world.site.requests.length

    expect(await stage.derived([last])).toBe('chain_broken')
    expect(await stage.derived([root, last])).toBe('chain_broken')
    expect(await stage.derived([agent, last])).toBe('chain_broken')
    expect(await stage.derived([root, reference, last])).toBe('malformed')
    expect(stage.world.site.requests.slice(before).filter((url) => url.includes('urn'))).toEqual([])
    expect(await stage.derived([root, agent, last])).toBe('verified')
  })

  it('was made for one parent and joins no other, though it grants as much [DC-13, PD-26]', async () => {
    const { world } = stage
    const [, , last = ''] = await derive()
    const twins = [
      world.agentCredential({}, { id: 'urn:uuid:00000000-0000-4000-8000-0000000000f1' }),
      world.agentCredential({ purpose: 'another task' }),
      world.agentCredential({ authorizationDetails: [mailGrant(), mailGrant({ actions: ['mail.delete'] })] }),
    ]
    for (const twin of twins)
      expect(await stage.derived([root, await world.sign(twin, world.owner.signer), last])).toBe(
        'chain_broken',
      )

    const owned = world.agentCredential({}, { issuer: other.did })
    const ownership = { ...world.ownerCredential().subject, id: other.did }
    const foreign = await world.sign(world.ownerCredential({ subject: ownership }), world.authority.signer)
    expect(await stage.derived([foreign, await world.sign(owned, other.signer), last])).toBe('chain_broken')
    expect(await stage.derived([root, agent, last])).toBe('verified')
  })

  it('of an authority that nobody configured counts for nothing [DC-15, PD-09]', async () => {
    const { world } = stage
    const owner = await world.sign(world.ownerCredential({ issuer: other.did }), other.signer)
    const delegated = await world.sign(world.agentCredential({ authority: other.did }), world.owner.signer)
    const self = { ...world.ownerCredential().subject, id: other.did }

    expect(await stage.chain([owner, delegated])).toBe('untrusted_authority')
    expect(await stage.chain([owner, agent])).toBe('chain_broken')
    const own = await world.sign(world.ownerCredential({ issuer: other.did, subject: self }), other.signer)
    expect(await stage.chain([own], { signer: other.signer })).toMatch(/^(chain_broken|not_authorized)$/)
    expect(await stage.chain([root, agent])).toBe('verified')
  })

  it('goes no deeper than the links above allow, and cannot allow itself more [DC-16, PD-10]', async () => {
    const { world } = stage
    const third = await makePerson()
    const below = async (above: readonly string[], maxDepth: number) => {
      const parent = await readLink(above.at(-1) ?? '')
      const status = { id: third.did, maxDepth }
      const credential = world.derivedCredential(parent, status, { status: world.site.entry(11) })
      return stage.chain([...above, await world.sign(credential, world.subAgent.signer)], {
        signer: third.signer,
      })
    }
    const lease = [
      { revocation: `${world.site.base}/r1`, suspension: `${world.site.base}/s1`, indexes: [11] },
    ]
    const one = await derive({ maxDepth: 1, statusLease: lease })
    const none = await derive({ maxDepth: 0, statusLease: lease })

    expect(await below(one, 0)).toBe('verified')
    expect(await below(one, 1)).toBe('depth_exceeded')
    expect(await below(none, 0)).toBe('depth_exceeded')
    expect(await stage.derived(await derive({ maxDepth: 2 }))).toBe('depth_exceeded')
    expect(await stage.derived(await derive({ maxDepth: 7 }))).toBe('depth_exceeded')
  })

  it.each([
    ['in the child', false],
    ['in the parent', true],
  ])('with a limit of a kind that nobody knows grants nothing, %s [DC-20]', async (_where, inParent) => {
    const { world } = stage
    const unknown = (text: string) =>
      text.replace(/"actions":\[[^\]]*\]/, '$&,"constraints":[{"kind":"moon_phase","phase":"full"}]')
    const parent = inParent ? await signRaw(unknown(payloadOf(agent)), world.owner.signer) : agent
    const chain = await derive({}, {}, parent)
    if (!inParent) chain[2] = await signRaw(unknown(payloadOf(chain[2] ?? '')), world.agent.signer)

    expect(await stage.derived(chain)).toBe('unsupported')
    expect(await stage.derived(await derive())).toBe('verified')
  })
})

describe('entries side by side', () => {
  it('do not add up: a child takes from one of them, and a request fits into one [DC-03, PD-10]', async () => {
    const place = (path: string) => [{ origin: 'https://mail.example', path }]
    const read = mailGrant({ actions: ['mail.read'], locations: place('/a') })
    const send = mailGrant({ actions: ['mail.send'], locations: place('/inbox') })
    const above = await agentWith(read, send)
    const both = mailGrant({ actions: ['mail.read', 'mail.send'], locations: place('/inbox') })

    expect(await stage.derived(await derive({ authorizationDetails: [both] }, {}, above))).toBe(
      'capability_escalated',
    )
    expect(await stage.chain([root, above])).toBe('not_authorized')
    expect(await stage.chain([root, above], {}, SEND)).toBe('verified')
  })

  it('of which one is limited do not lift the limit of a child that states both [DC-03, PD-08]', async () => {
    const range = (max: bigint) => ({ kind: 'range', on: ['n'], max: max * 10n ** 18n }) as const
    const above = await agentWith(mailGrant({ constraints: [range(10n), BERLIN] }))
    const child = (...constraints: Grant['constraints']) =>
      derive({ authorizationDetails: [mailGrant({ actions: ['mail.read'], constraints })] }, {}, above)
    const ask = { ...READ, arguments: { n: 50 } }

    expect(await stage.derived(await child(range(1000n)), ask)).toBe('capability_escalated')
    expect(await stage.derived(await child(range(1000n), range(10n)), ask)).toBe('constraint_violated')
    expect(await stage.derived(await child(range(5n)), { ...READ, arguments: { n: 5 } })).toBe('verified')
  })
})
