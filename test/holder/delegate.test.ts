import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkAttenuation } from '../../src/delegation/verify-chain.ts'
import { ProcuraError } from '../../src/errors.ts'
import type { Agent } from '../../src/holder/agent.ts'
import { memoryStorage } from '../../src/holder/agent-storage.ts'
import { parseChainFile } from '../../src/holder/chain-file.ts'
import { createAgent } from '../../src/holder/create-agent-from-environment.ts'
import type { DelegateOptions } from '../../src/holder/delegate-options.ts'
import type { HeldChain } from '../../src/holder/held-chain.ts'
import type { DerivedSubject } from '../../src/model/credential.ts'
import { leaseJson, REVOCATION_LIST, SUSPENSION_LIST } from '../helpers/credentials.ts'
import { outcomeOf } from '../helpers/signers.ts'
import {
  agentOptions,
  type ChainFacts,
  DAY,
  didOf,
  fakeClock,
  freshDid,
  HELPER_KEY,
  HOUR,
  held,
  helperSigner,
  issueChain,
  MAIL,
  NOW,
  READ_MAIL,
} from './fixtures.ts'

const TO_HELPER: DelegateOptions = { to: didOf(helperSigner), grant: READ_MAIL, lifetime: '10m' }

async function agentWith(facts: ChainFacts = {}): Promise<Agent> {
  return createAgent({ ...(await agentOptions(facts)), storage: memoryStorage() })
}

function subjectOf({ own }: HeldChain): DerivedSubject {
  const { subject } = own.credential
  if (subject.kind === 'Agent') throw new Error('a derived link is wanted')
  return subject
}

describe('agent.delegate', () => {
  it('signs a link that joins the chain, for the time and the grant asked for', async () => {
    const agent = await agentWith()

    const child = await agent.delegate({ ...TO_HELPER, name: 'helper', purpose: 'Reads mail' })

    const chain = await held(child.chain)
    expect(child.chain.slice(0, 2)).toEqual(agent.chain)
    expect(outcomeOf(checkAttenuation(chain.links))).toBe('accepted')
    expect(chain.own.credential).toMatchObject({
      id: child.id,
      issuer: agent.did,
      validFrom: NOW,
      validUntil: NOW + 600_000,
      subject: {
        id: didOf(helperSigner),
        kind: 'SubAgent',
        name: 'helper',
        purpose: 'Reads mail',
        maxDepth: 0,
      },
    })
    expect(child).toMatchObject({ subject: didOf(helperSigner), validUntil: NOW + 600_000 })
  })

  it.each(['vc+jwt', 'vc+sd-jwt', 'eddsa-jcs-2022', 'eddsa-rdfc-2022'] as const)(
    'secures the link as %s, below links in another mechanism',
    async (mechanism) => {
      const agent = await agentWith()

      const child = await agent.delegate({ ...TO_HELPER, mechanism })
      const helper = await createAgent({ key: HELPER_KEY, chain: child.chain })

      expect((await held(helper.chain)).links.map((link) => link.mechanism)).toEqual([
        'vc+jwt',
        'vc+jwt',
        mechanism,
      ])
    },
  )

  it('secures it in no suite of another type of key, and keeps the index for the next', async () => {
    const agent = await agentWith()

    await expect(agent.delegate({ ...TO_HELPER, mechanism: 'ecdsa-jcs-2019' })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    expect((await agent.delegate(TO_HELPER)).status?.index).toBe(201)
  })

  it('makes a chain that the helper can hold and present', async () => {
    const child = await (await agentWith()).delegate(TO_HELPER)

    const helper = await createAgent({ key: HELPER_KEY, chain: child.chain })

    expect(helper.did).toBe(didOf(helperSigner))
    expect(helper.agentId).toBe('urn:uuid:0b7c9a54-1111-4222-8333-944455566677')
  })

  it('is written as a chain file by JSON.stringify', async () => {
    const child = await (await agentWith()).delegate(TO_HELPER)

    expect(parseChainFile(JSON.stringify(child))).toEqual(child.chain)
  })

  it('gives each child an index of the lease of its own', async () => {
    const agent = await agentWith()

    const first = await agent.delegate(TO_HELPER)
    const second = await agent.delegate(TO_HELPER)

    expect(first.status).toEqual({ revocation: REVOCATION_LIST, suspension: SUSPENSION_LIST, index: 201 })
    expect(second.status?.index).toBe(202)
  })

  it('leases on what it does not use itself, to a child that may delegate', async () => {
    const agent = await agentWith()

    const child = await agent.delegate({ ...TO_HELPER, maxDepth: 1, leaseSize: 3 })

    const { statusLease, maxDepth } = subjectOf(await held(child.chain))
    expect(maxDepth).toBe(1)
    expect(statusLease).toEqual([
      { revocation: REVOCATION_LIST, suspension: SUSPENSION_LIST, indexes: [202, 203, 204] },
    ])
  })

  it('leases on over several lists', async () => {
    const other = {
      revocation: `${REVOCATION_LIST}b`,
      suspension: `${SUSPENSION_LIST}b`,
      indexes: ['201', '202'],
    }
    const agent = await agentWith({ subject: { statusLease: [leaseJson(201, 202), other] } })

    const child = await agent.delegate({ ...TO_HELPER, maxDepth: 1, leaseSize: 3 })

    expect(subjectOf(await held(child.chain)).statusLease).toMatchObject([
      { indexes: [202] },
      { indexes: [201, 202] },
    ])
  })

  it('leases 2 on when a child may delegate and nothing is said, none otherwise', async () => {
    const agent = await agentWith()

    const leaf = await agent.delegate(TO_HELPER)
    const node = await agent.delegate({ ...TO_HELPER, maxDepth: 1 })

    expect(subjectOf(await held(leaf.chain)).statusLease).toEqual([])
    expect(subjectOf(await held(node.chain)).statusLease).toMatchObject([{ indexes: [203, 204] }])
  })

  it('says what to do when the lease is used up, and loses no index over it', async () => {
    const agent = await agentWith()
    await agent.delegate(TO_HELPER)

    await expect(agent.delegate({ ...TO_HELPER, maxDepth: 1, leaseSize: 3 })).rejects.toMatchObject({
      code: 'ERR_PROCURA_LEASE_EXHAUSTED',
      message: expect.stringMatching(/needs 4 .* 3 left; ask for more .* statusless/),
    })
    const indexes = [await agent.delegate(TO_HELPER), await agent.delegate(TO_HELPER)].map(
      (c) => c.status?.index,
    )
    expect(indexes).toEqual([202, 203])
  })

  it('gives no index to two children that are made at the same time', async () => {
    const agent = await agentWith()

    const children = await Promise.all(Array.from({ length: 4 }, () => agent.delegate(TO_HELPER)))

    expect(new Set(children.map(({ status }) => status?.index)).size).toBe(4)
    await expect(agent.delegate(TO_HELPER)).rejects.toMatchObject({ code: 'ERR_PROCURA_LEASE_EXHAUSTED' })
  })

  it('keeps used indexes used over a renewal, and binds new children to the renewed link', async () => {
    const renewed = await issueChain({ issuedAt: NOW + 12 * HOUR })
    const time = fakeClock()
    const fetch = async () => Response.json({ chain: renewed })
    const agent = await createAgent({
      ...(await agentOptions()),
      storage: memoryStorage(),
      issuer: 'https://id.example',
      clock: time.clock,
      fetch,
    })
    const before = await agent.delegate({ ...TO_HELPER, lifetime: '24h' })
    time.set(NOW + 12 * HOUR)
    await agent.refresh()
    const after = await agent.delegate({ ...TO_HELPER, lifetime: '24h' })

    expect(after.status?.index).toBe(202)
    expect(after.chain.slice(0, 2)).toEqual(renewed)
    expect((await held(after.chain)).validUntil).toBe(NOW + 36 * HOUR)
    expect((await held(before.chain)).validUntil).toBe(NOW + DAY)
  })

  it('begins with the agent, whose clock may be behind that of its issuer', async () => {
    const agent = await agentWith({ issuedAt: NOW + 2000 })

    const child = await agent.delegate(TO_HELPER)

    expect((await held(child.chain)).own.credential).toMatchObject({
      validFrom: NOW + 2000,
      validUntil: NOW + 600_000,
    })
  })

  it('refuses to delegate without a storage, and names the fix', async () => {
    const agent = await createAgent(await agentOptions())

    await expect(agent.delegate(TO_HELPER)).rejects.toMatchObject({
      code: 'ERR_PROCURA_STORAGE',
      message: expect.stringContaining('PROCURA_STATE'),
    })
  })

  it('releases nothing when the storage fails, and uses the index once it works', async () => {
    let works = false
    const reserveIndex = async () => {
      if (!works) throw new ProcuraError('ERR_PROCURA_STORAGE', 'full')
      return true
    }
    const agent = await createAgent({
      ...(await agentOptions()),
      storage: { ...memoryStorage(), reserveIndex },
    })

    await expect(agent.delegate(TO_HELPER)).rejects.toMatchObject({ code: 'ERR_PROCURA_STORAGE' })
    works = true
    expect((await agent.delegate(TO_HELPER)).status?.index).toBe(201)
  })

  it('uses an index again whose credential could not be signed', async () => {
    const { key, ...rest } = await agentOptions()
    let works = false
    const { createLocalSigner } = await import('../../src/securing/vc-jose/local-signer.ts')
    const signer = 'sign' in key ? key : await createLocalSigner(key)
    const sign = async (bytes: Uint8Array) => {
      if (!works) throw new Error('the device is gone')
      return signer.sign(bytes)
    }
    const agent = await createAgent({ ...rest, key: { ...signer, sign }, storage: memoryStorage() })

    await expect(agent.delegate(TO_HELPER)).rejects.toThrow('the device is gone')
    works = true
    expect((await agent.delegate(TO_HELPER)).status?.index).toBe(201)
  })

  it('refuses when the delegation of the agent has ended', async () => {
    const agent = await createAgent({
      ...(await agentOptions()),
      storage: memoryStorage(),
      clock: () => NOW + DAY,
    })

    await expect(agent.delegate(TO_HELPER)).rejects.toMatchObject({ code: 'ERR_PROCURA_DELEGATION_ENDED' })
  })
})

describe('agent.delegate, wider than the agent', () => {
  const range = { kind: 'range', on: 'amount', max: '50' }

  it.each([
    ['actions', { grant: { ...MAIL, actions: ['mail.read', 'mail.delete'] } }],
    ['locations', { grant: { ...MAIL, locations: ['https://pay.example/'] } }],
    ['validUntil', { lifetime: '25h' }],
    ['credentialSubject.maxDepth', { maxDepth: 2 }],
  ] as const)('is refused, naming %s', async (dimension, wider) => {
    const agent = await agentWith()

    await expect(agent.delegate({ ...TO_HELPER, ...wider })).rejects.toMatchObject({
      code: 'ERR_PROCURA_WIDER_THAN_PARENT',
      message: expect.stringContaining(`(${dimension})`),
    })
    expect((await agent.delegate(TO_HELPER)).status?.index).toBe(201)
  })

  it.each([
    ['identifiers', { identifiers: ['inbox/'] }, { identifiers: ['inbox/a', 'outbox/a'] }],
    ['range', { constraints: [range] }, { constraints: [{ ...range, max: '51' }] }],
  ])('is refused, naming %s', async (dimension, own, wanted) => {
    const agent = await agentWith({ subject: { authorizationDetails: [{ ...MAIL, ...own }] } })

    await expect(agent.delegate({ ...TO_HELPER, grant: { ...READ_MAIL, ...wanted } })).rejects.toMatchObject({
      code: 'ERR_PROCURA_WIDER_THAN_PARENT',
      message: expect.stringContaining(`(${dimension})`),
    })
  })

  it('is refused to an agent that may not delegate', async () => {
    const agent = await agentWith({ subject: { maxDepth: 0 } })

    await expect(agent.delegate(TO_HELPER)).rejects.toMatchObject({ code: 'ERR_PROCURA_WIDER_THAN_PARENT' })
  })

  it('leaves to evaluation what an agent grants that inherits from its owner', async () => {
    const agent = await agentWith({ subject: { authorizationDetails: undefined, inherit: true } })

    await expect(agent.delegate(TO_HELPER)).resolves.toBeDefined()
  })
})

describe('agent.delegate, statusless', () => {
  it('takes no index where the owner allows it', async () => {
    const child = await (await agentWith()).delegate({ ...TO_HELPER, statusless: true, lifetime: '15m' })

    expect(child.status).toBeUndefined()
    expect((await held(child.chain)).own.credential.status).toBeUndefined()
  })

  it('needs no storage', async () => {
    const agent = await createAgent(await agentOptions())

    await expect(agent.delegate({ ...TO_HELPER, statusless: true })).resolves.toBeDefined()
  })

  it.each([
    ['where the owner does not allow it', { allowStatusless: undefined }, {}],
    ['for more than 15 minutes', {}, { lifetime: 900_001 }],
  ])('is refused %s', async (_, subject, options) => {
    const agent = await agentWith({ subject })

    await expect(agent.delegate({ ...TO_HELPER, statusless: true, ...options })).rejects.toMatchObject({
      code: 'ERR_PROCURA_WIDER_THAN_PARENT',
      message: expect.stringContaining('credentialStatus'),
    })
  })

  it.each([{ maxDepth: 1 }, { leaseSize: 1 }])('is refused with %o', async (options) => {
    const agent = await agentWith()

    await expect(agent.delegate({ ...TO_HELPER, statusless: true, ...options })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('may be allowed onward by an agent to whom it is allowed, and by no other', async () => {
    const allowed = await agentWith()
    const forbidden = await agentWith({ subject: { allowStatusless: undefined } })
    const onward = { ...TO_HELPER, maxDepth: 1, allowStatusless: true }

    expect(subjectOf(await held((await allowed.delegate(onward)).chain)).allowStatusless).toBe(true)
    await expect(forbidden.delegate(onward)).rejects.toMatchObject({ code: 'ERR_PROCURA_WIDER_THAN_PARENT' })
  })
})

describe('agent.delegate, badly asked', () => {
  it.each([
    ['a DID that is none', { to: 'did:web:evil.example' }],
    ['a lifetime that is none', { lifetime: 'soon' }],
    ['no grant', { grant: [] }],
    ['a grant of another form', { grant: { ...MAIL, actions: ['*'] } }],
    ['a grant that this version does not know', { grant: { ...MAIL, type: 'other' } }],
    ['a constraint that this version does not know', { grant: { ...MAIL, constraints: [{ kind: 'moon' }] } }],
    ['a depth that is no whole number', { maxDepth: 0.5 }],
    ['a negative lease', { leaseSize: -1 }],
    ['a name that hides text', { name: 'a\u202eb' }],
    ['a name of no characters', { name: '' }],
    ['a lineage that is too long', { lineage: { rootTask: 'x'.repeat(129) } }],
  ])('is refused for %s', async (_, options) => {
    const agent = await agentWith()

    await expect(agent.delegate({ ...TO_HELPER, ...options } as DelegateOptions)).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
    expect((await agent.delegate(TO_HELPER)).status?.index).toBe(201)
  })

  it('is refused for a DID that is in the chain already', async () => {
    const agent = await agentWith()

    await expect(agent.delegate({ ...TO_HELPER, to: agent.did })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
    })
  })

  it('is refused beyond 32 entries', async () => {
    const grant = Array.from({ length: 33 }, () => READ_MAIL)

    await expect((await agentWith()).delegate({ ...TO_HELPER, grant })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.stringContaining('1 to 32 entries'),
    })
  })

  it('is refused beyond 16 KiB', async () => {
    const identifiers = Array.from({ length: 64 }, (_, i) => `${i}/${'x'.repeat(240)}`)

    await expect(
      (await agentWith()).delegate({ ...TO_HELPER, grant: { ...READ_MAIL, identifiers } }),
    ).rejects.toMatchObject({ code: 'ERR_PROCURA_PAYLOAD_TOO_LARGE' })
  })
})

describe('agent.delegate, lineage', () => {
  it('hands the root task and the delegating run down', async () => {
    const agent = await agentWith()
    const lineage = { rootTask: 'release 7', run: 'run-1' }
    const run = await agent.delegate({ ...TO_HELPER, kind: 'Run', lineage, maxDepth: 1, leaseSize: 1 })
    const helper = await createAgent({
      key: HELPER_KEY,
      chain: run.chain,
      storage: memoryStorage(),
      clock: () => NOW,
    })

    const child = await helper.delegate({ to: await freshDid(), grant: READ_MAIL, lifetime: '5m' })

    expect(subjectOf(await held(run.chain)).lineage).toEqual(lineage)
    expect(subjectOf(await held(child.chain)).lineage).toEqual({ rootTask: 'release 7', parentRun: 'run-1' })
  })

  it('refuses another root task than the chain has', async () => {
    const agent = await agentWith()
    const lineage = { rootTask: 'release 7' }
    const run = await agent.delegate({ ...TO_HELPER, lineage, maxDepth: 1, leaseSize: 1 })
    const helper = await createAgent({
      key: HELPER_KEY,
      chain: run.chain,
      storage: memoryStorage(),
      clock: () => NOW,
    })
    const onward = { to: await freshDid(), grant: READ_MAIL, lifetime: '5m' } as const

    await expect(helper.delegate({ ...onward, lineage: { rootTask: 'release 8' } })).rejects.toMatchObject({
      code: 'ERR_PROCURA_INVALID_ARGUMENT',
      message: expect.stringContaining('rootTask'),
    })
    await expect(helper.delegate({ ...onward, lineage })).resolves.toBeDefined()
  })
})

describe('agent.delegate over many grants', () => {
  const dimensions = {
    type: fc.constant('api'),
    locations: fc.subarray(['https://a.example/', 'https://a.example/in/', 'https://b.example/'], {
      minLength: 1,
    }),
    actions: fc.subarray(['mail.read', 'mail.send', 'mail.delete'], { minLength: 1 }),
    identifiers: fc.subarray(['inbox/', 'inbox/a', 'outbox/']),
    constraints: fc.subarray([
      { kind: 'range', on: 'amount', max: '50' },
      { kind: 'range', on: 'amount', max: '40' },
      { kind: 'one_of', on: 'payee', values: ['acct-1'] },
      { kind: 'cidr', values: ['203.0.113.0/24'] },
    ]),
  }
  const grants = fc.record(dimensions, { requiredKeys: ['type', 'locations', 'actions'] })
  /** Changes to one of the agent's own grants: sometimes none, sometimes narrower, sometimes wider. */
  const changes = fc.record(dimensions, { requiredKeys: [] })
  const wishes = fc.record({
    lifetime: fc.integer({ min: 1, max: 90 * 60_000 }),
    maxDepth: fc.nat(2),
    leaseSize: fc.nat(4),
  })

  it('never yields a chain that joining or attenuation refuse, and refuses by name or not at all', async () => {
    let released = 0
    await fc.assert(
      fc.asyncProperty(fc.tuple(grants, grants), changes, wishes, async (own, change, wish) => {
        const agent = await agentWith({ lifetimeMs: HOUR, subject: { authorizationDetails: own } })
        const grant = { ...own[0], ...change }
        const child = await agent.delegate({ to: didOf(helperSigner), grant, ...wish }).catch(asProcuraError)
        if (child instanceof ProcuraError) return

        released++
        const chain = await held(child.chain) // parsed and joined
        expect(outcomeOf(checkAttenuation(chain.links))).toBe('accepted')
      }),
      { numRuns: 300 },
    )
    expect(released).toBeGreaterThan(20)
    expect(released).toBeLessThan(280)
  })

  it('always grants what the agent has itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(grants, { minLength: 1, maxLength: 2 }), async (own) => {
        const agent = await agentWith({ subject: { authorizationDetails: own } })

        await expect(agent.delegate({ ...TO_HELPER, grant: own })).resolves.toBeDefined()
      }),
      { numRuns: 50 },
    )
  })
})

function asProcuraError(error: unknown): ProcuraError {
  if (error instanceof ProcuraError) return error
  throw error
}
