import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { BudgetConstraint, Constraint, CountConstraint } from '../../src/model/constraints/constraint.ts'
import type { AgentSubject } from '../../src/model/credential.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { UsageCharge, UsageStore } from '../../src/verifier/ports.ts'
import { MemoryUsageStore } from '../../src/verifier/usage-store.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { ManualTimers } from '../helpers/manual-timers.ts'
import { AUDIENCE, codeOf, mailGrant, makePerson, type Person, readLink, World } from '../helpers/world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const EUR = { currency: 'EUR', currencyOn: ['amount', 'currency'] }

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = await started()
})

async function started(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  const made = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    ...options,
  })
  await made.sync()
  return made
}

function count(max: number, members: Partial<CountConstraint> = {}): CountConstraint {
  return { kind: 'count', id: 'c1', max, per: DAY, ...members }
}

function budget(max: number, members: Partial<BudgetConstraint> = {}): BudgetConstraint {
  const amount = { on: ['amount', 'value'], max: BigInt(max) * 10n ** 18n, ...EUR }
  return { kind: 'budget', id: 'b1', ...amount, per: DAY, ...members }
}

const limited = (...constraints: Constraint[]) => mailGrant({ constraints })
const paying = (value: string | number, currency = 'EUR'): JsonObject => ({ amount: { value, currency } })

interface Asking {
  readonly by?: Person
  readonly at?: Verifier
  readonly arguments?: JsonObject
  readonly action?: string
}

async function ask(chain: readonly string[], asking: Asking = {}): Promise<PresentationVerdict> {
  const { by = world.agent, at = verifier, action = 'mail.read', arguments: args } = asking
  const request = await world.present(chain, { signer: by.signer })
  return at.verify(request, { action, ...(args === undefined ? {} : { arguments: args }) })
}

async function answer(chain: readonly string[], asking: Asking = {}): Promise<string> {
  return codeOf(await ask(chain, asking))
}

/** A chain of an agent whose link 1 has these entries. */
function agentWith(
  ...authorizationDetails: AgentSubject['authorizationDetails'][]
): Promise<[string, string]> {
  return world.agentChain({ authorizationDetails: authorizationDetails.flat() as never })
}

/** The chain of a helper of the agent. */
async function helperOf(
  above: readonly string[],
  constraints: readonly Constraint[],
  to: Person = world.subAgent,
  index = 10,
): Promise<readonly string[]> {
  const details = [mailGrant({ actions: ['mail.read'], constraints })]
  const parent = await readLink(above.at(-1) ?? '')
  const derived = world.derivedCredential(
    parent,
    { id: to.did, authorizationDetails: details },
    { status: world.site.entry(index) },
  )
  return [...above, await world.sign(derived, world.agent.signer)]
}

describe('a count', () => {
  it('lets as many requests pass as it says, and no more [S2]', async () => {
    const chain = await agentWith([limited(count(2))])

    expect(await answer(chain)).toBe('verified')
    expect(await answer(chain)).toBe('verified')
    expect(await ask(chain)).toMatchObject({
      verified: false,
      refusal: { code: 'usage_exhausted', link: 1, dimension: 'count', authenticated: true, retryable: true },
    })
  })

  it('begins anew with the next window of UTC, and says how long that is', async () => {
    const chain = await agentWith([limited(count(1, { per: HOUR }))])
    world.now += 60_000
    await ask(chain)

    expect(await ask(chain)).toMatchObject({ refusal: { retryAfterSeconds: 59 * 60 } })
    world.now += 59 * 60_000
    await world.site.publish()
    await verifier.sync()
    expect(await answer(chain)).toBe('verified')
  })

  it('without a period is never given anew [P13]', async () => {
    const { per: _, ...once } = count(1)
    const chain = await agentWith([limited(once)])

    expect(await answer(chain)).toBe('verified')
    const refused = await ask(chain)
    expect(refused).toMatchObject({ refusal: { code: 'usage_exhausted', retryable: false } })
    expect(refused).not.toHaveProperty('refusal.retryAfterSeconds')
  })

  it('is not used by what is refused before', async () => {
    const chain = await agentWith([limited(count(1))])

    expect(await answer(chain, { action: 'mail.purge' })).toBe('not_authorized')
    expect(await answer(chain, { by: await makePerson() })).toBe('holder_proof_invalid')
    expect(await answer(chain)).toBe('verified')
  })

  it('is shared by all that an agent makes, whether they state it or not', async () => {
    const above = await agentWith([limited(count(2))])
    const other = await makePerson()
    const [silent, stating] = [await helperOf(above, []), await helperOf(above, [count(2)], other, 11)]

    expect(await answer(silent, { by: world.subAgent })).toBe('verified')
    expect(await answer(stating, { by: other })).toBe('verified')
    expect(await ask(silent, { by: world.subAgent })).toMatchObject({
      refusal: { code: 'usage_exhausted', link: 1 },
    })
    expect(await answer(above)).toBe('usage_exhausted')
  })

  it('counts once where several links state it, with the smallest maximum', async () => {
    const chain = await helperOf(await agentWith([limited(count(3))]), [count(2)])

    expect(await answer(chain, { by: world.subAgent })).toBe('verified')
    expect(await answer(chain, { by: world.subAgent })).toBe('verified')
    expect(await ask(chain, { by: world.subAgent })).toMatchObject({
      refusal: { code: 'usage_exhausted', link: 2 },
    })
  })

  it('is not escaped by a helper that states another one', async () => {
    const above = await agentWith([limited(count(1))])
    const chain = await helperOf(above, [count(9, { id: 'mine' })])

    expect(await answer(chain, { by: world.subAgent })).toBe('verified')
    expect(await ask(chain, { by: world.subAgent })).toMatchObject({
      refusal: { code: 'usage_exhausted', link: 1 },
    })
  })

  it.each([
    ['a higher maximum', count(2)],
    ['a shorter window', count(1, { per: HOUR })],
  ])('is not loosened by a helper: %s', async (_, own) => {
    const chain = await helperOf(await agentWith([limited(count(1))]), [own])

    expect(await ask(chain, { by: world.subAgent })).toMatchObject({
      refusal: { code: 'capability_escalated', link: 2, dimension: 'count' },
    })
  })

  it('of one agent is not used by another, nor by an agent of that name of another owner', async () => {
    const chain = await agentWith([limited(count(1))])
    const stranger = await makePerson()
    const { subject } = world.ownerCredential()
    const foreign = [
      await world.sign(
        world.ownerCredential({ subject: { ...subject, id: stranger.did } }),
        world.authority.signer,
      ),
      await world.sign(
        world.agentCredential({ authorizationDetails: [limited(count(1))] }, { issuer: stranger.did }),
        stranger.signer,
      ),
    ]
    const namesake = await world.agentChain({ agentId: 'agt_2', authorizationDetails: [limited(count(1))] })

    expect(await answer(chain)).toBe('verified')
    expect(await answer(foreign)).toBe('verified')
    expect(await answer(namesake)).toBe('verified')
    expect(await answer(chain)).toBe('usage_exhausted')
  })

  it('of the owner binds each agent too', async () => {
    const { subject } = world.ownerCredential()
    const entitled = { ...subject, authorizationDetails: [limited(count(1))] }
    const owner = await world.sign(world.ownerCredential({ subject: entitled }), world.authority.signer)
    const [, agent] = await world.agentChain()

    expect(await answer([owner, agent])).toBe('verified')
    expect(await ask([owner, agent])).toMatchObject({ refusal: { code: 'usage_exhausted', link: 0 } })
  })

  it('is used by nothing when a chain is sent in advance', async () => {
    const chain = await world.longChain({
      authorizationDetails: [limited(count(1))],
    })
    expect(await verifier.upload(await world.upload(chain))).toMatchObject({ verified: true })

    const request = await world.refer(chain)
    expect(codeOf(await verifier.verify(request, { action: 'mail.read' }))).toBe('verified')
  })
})

describe('a budget', () => {
  it('lets amounts pass until they add up to it, exactly [S2]', async () => {
    const chain = await agentWith([limited(budget(200))])

    expect(await answer(chain, { arguments: paying('199.99') })).toBe('verified')
    expect(await answer(chain, { arguments: paying('0.02') })).toBe('usage_exhausted')
    expect(await answer(chain, { arguments: paying('0.010000000000000000') })).toBe('verified')
    expect(await answer(chain, { arguments: paying('0.000000000000000001') })).toBe('usage_exhausted')
    expect(await answer(chain, { arguments: paying(0) })).toBe('verified')
  })

  it.each([
    ['more than it ever has', paying('200.01')],
    ['a negative amount, which would add to it', paying(-5)],
    ['another currency', paying('5', 'USD')],
    ['no amount', { amount: { currency: 'EUR' } }],
    ['a fraction as a number', paying(0.5)],
  ])('is violated by %s', async (_, args) => {
    const chain = await agentWith([limited(budget(200))])

    expect(await ask(chain, { arguments: args })).toMatchObject({
      refusal: { code: 'constraint_violated', link: 1, dimension: 'budget' },
    })
    expect(await answer(chain, { arguments: paying(200) })).toBe('verified')
  })

  it('is not charged by a helper with what its maker does not measure', async () => {
    const parts = [limited(budget(200)), mailGrant({ actions: ['mail.send'] })]
    const other = budget(200, { on: ['note', 'value'], currencyOn: ['note', 'currency'] })
    const { subject } = world.ownerCredential()
    const owner = await world.sign(
      world.ownerCredential({ subject: { ...subject, authorizationDetails: parts } }),
      world.authority.signer,
    )
    const agent = await world.agentChain({ authorizationDetails: [limited(other)] })
    const args = { ...paying('1'), note: { value: '199', currency: 'EUR' } }

    expect(await ask([owner, agent[1]], { arguments: args })).toMatchObject({
      refusal: { code: 'constraint_violated', link: 1, dimension: 'budget' },
    })
    expect(
      await answer([owner, agent[1]], { arguments: { ...paying('9'), note: paying('9').amount } as never }),
    ).toBe('verified')
  })
})

describe('several limits', () => {
  it('are charged all or none', async () => {
    const chain = await agentWith([limited(count(2), budget(10))])

    expect(await answer(chain, { arguments: paying(9) })).toBe('verified')
    expect(await ask(chain, { arguments: paying(5) })).toMatchObject({ refusal: { dimension: 'budget' } })
    expect(await answer(chain, { arguments: paying(1) })).toBe('verified')
    expect(await ask(chain, { arguments: paying(0) })).toMatchObject({ refusal: { dimension: 'count' } })
  })

  it('of one entry do not matter while another entry of the link still allows the request', async () => {
    const chain = await agentWith([limited(count(1)), limited(count(1, { id: 'c2' }))])

    expect(await answer(chain)).toBe('verified')
    expect(await answer(chain)).toBe('verified')
    expect(await answer(chain)).toBe('usage_exhausted')
  })

  it('are left alone where an entry that counts nothing allows the request', async () => {
    const chain = await agentWith([limited(count(1)), mailGrant({ actions: ['mail.read'] })])

    for (let i = 0; i < 3; i++) expect(await answer(chain)).toBe('verified')
    expect(await answer(chain, { action: 'mail.send' })).toBe('verified')
    expect(await answer(chain, { action: 'mail.send' })).toBe('usage_exhausted')
  })

  it('are found among as many entries as a link may have', async () => {
    const entries = Array.from({ length: 32 }, (_, i) => limited(count(1, { id: `c${i}` })))
    const chain = await agentWith(entries)
    await verifier.upload(await world.upload(chain))
    const next = async () => codeOf(await verifier.verify(await world.refer(chain), { action: 'mail.read' }))

    for (let i = 0; i < 32; i++) expect(await next()).toBe('verified')
    expect(await next()).toBe('usage_exhausted')
  })

  it('are looked for no longer than a store may be asked for one request', async () => {
    const entries = (name: string) =>
      Array.from({ length: 32 }, (_, i) => limited(count(1, { id: `${name}${i}` })))
    let asked = 0
    const at = await started({
      usage: { reserve: () => ({ exhausted: [asked++ % 2] }), release: () => undefined },
    })
    const root = world.ownerCredential()
    const owner = { ...root, subject: { ...root.subject, authorizationDetails: entries('owner') } }
    const [, agent] = await agentWith(...entries('agent').map((entry) => [entry]))
    const chain = [await world.sign(owner, world.authority.signer), agent]
    await at.upload(await world.upload(chain))
    const verdict = await at.verify(await world.refer(chain), { action: 'mail.read' })

    expect(verdict).toMatchObject({ refusal: { code: 'usage_exhausted' } })
    expect(verdict).not.toHaveProperty('refusal.link')
    expect(asked).toBe(32)
  })
})

describe('what is reserved', () => {
  it('is kept for a minute after its window has ended', async () => {
    const reserve = vi.fn(() => 'reserved' as const)
    const at = await started({ usage: { reserve, release: () => undefined } })
    await ask(await agentWith([limited(count(1))]), { at })

    const endOfDay = (Math.floor(world.now / DAY) + 1) * DAY
    expect(reserve.mock.calls).toMatchObject([[expect.any(String), [{ keepUntil: endOfDay + 60_000 }]]])
  })

  it('is used by the owner who acts in person, too', async () => {
    const at = await started({ ownerInPerson: true })
    const root = world.ownerCredential()
    const owner = { ...root, subject: { ...root.subject, authorizationDetails: [limited(count(1))] } }
    const chain = [await world.sign(owner, world.authority.signer)]

    expect(await answer(chain, { at, by: world.owner })).toBe('verified')
    expect(await answer(chain, { at, by: world.owner })).toBe('usage_exhausted')
  })
})

describe('what was reserved', () => {
  it('is given back by release, once', async () => {
    const chain = await agentWith([limited(count(2), budget(10))])
    await ask(chain, { arguments: paying(4) })
    const verdict = await ask(chain, { arguments: paying(6) })
    if (!verdict.verified) throw new Error('the test needs a verdict')

    await verdict.release()
    await verdict.release()
    expect(await answer(chain, { arguments: paying(6) })).toBe('verified')
    expect(await answer(chain, { arguments: paying(0) })).toBe('usage_exhausted')
  })

  it('is nothing where nothing is counted', async () => {
    const verdict = await ask(await world.agentChain())
    if (!verdict.verified) throw new Error('the test needs a verdict')

    await expect(verdict.release()).resolves.toBeUndefined()
  })

  it('is given back when the chain was revoked while the store was waited for', async () => {
    const inner = new MemoryUsageStore(world.clock)
    const usage: UsageStore = {
      reserve: async (...charges) => {
        world.site.set('revocation', 2)
        await world.site.publish()
        await at.sync()
        return inner.reserve(...charges)
      },
      release: vi.fn((...charges: [string, readonly UsageCharge[]]) => inner.release(...charges)),
    }
    const at = await started({ usage })

    expect(await answer(await agentWith([limited(count(1))]), { at })).toBe('revoked')
    expect(usage.release).toHaveBeenCalledOnce()
  })

  it('is not counted again by a watch', async () => {
    const usage = { reserve: vi.fn(() => 'reserved' as const), release: vi.fn() }
    const at = await started({ usage })
    const verdict = await ask(await agentWith([limited(count(1))]), { at })
    if (!verdict.verified) throw new Error('the test needs a verdict')
    const watch = at.watch(verdict, () => undefined)
    world.now += 20_000
    await world.site.publish()
    await at.sync()

    expect(usage.reserve).toHaveBeenCalledOnce()
    watch.stop()
  })
})

describe('a store', () => {
  const never = new Promise<never>(() => undefined)

  it.each<[string, () => unknown]>([
    ['throws', () => fail()],
    ['rejects', () => Promise.reject(new Error('down'))],
    ['is full', () => 'unavailable'],
    ['answers nothing', () => undefined],
    ['answers true', () => true],
    ['answers another word', () => Promise.resolve('ok')],
    ['names no charge as exhausted', () => ({ exhausted: [] })],
    ['names a charge that there is not', () => ({ exhausted: [7] })],
    ['names none by position', () => ({ exhausted: ['0'] })],
  ])('that %s lets nothing pass', async (_, reserve) => {
    const alarm = vi.fn()
    const usage = { reserve, release: () => undefined } as UsageStore
    const at = await started({ usage, onAlarm: alarm })

    expect(await ask(await agentWith([limited(count(5))]), { at })).toMatchObject({
      refusal: { code: 'usage_unavailable', retryable: true, authenticated: true },
    })
    expect(await answer(await world.agentChain(), { at })).toBe('verified')
  })

  it('that fails is told to the operator, with the cause', async () => {
    const alarm = vi.fn()
    const cause = new Error('down')
    const at = await started({
      usage: { reserve: () => Promise.reject(cause), release: () => undefined },
      replay: { use: () => Promise.reject(cause) },
      onAlarm: alarm,
    })

    expect(await answer(await agentWith([limited(count(5))]), { at })).toBe('replay_unavailable')
    expect(alarm).toHaveBeenCalledWith({ kind: 'store_failed', store: 'replay', cause })
  })

  it('for nonces that answers what its port does not have is told, and one that cannot tell is not', async () => {
    const alarm = vi.fn()
    const chain = await world.agentChain()
    const use = (word: string) => ({ replay: { use: () => word as 'fresh' }, onAlarm: alarm })

    expect(await answer(chain, { at: await started(use('unavailable')) })).toBe('replay_unavailable')
    expect(alarm).not.toHaveBeenCalled()
    expect(await answer(chain, { at: await started(use('ok')) })).toBe('replay_unavailable')
    expect(alarm).toHaveBeenCalledWith(expect.objectContaining({ kind: 'store_failed', store: 'replay' }))
    expect(await answer(chain, { at: await started(use('fresh')) })).toBe('verified')
  })

  it('that does not answer in time lets nothing pass, and is asked to take back what comes late', async () => {
    const timers = new ManualTimers(world)
    let reserve: (answer: 'reserved') => void = () => undefined
    const release = vi.fn()
    const answering = new Promise<'reserved'>((resolve) => {
      reserve = resolve
    })
    const at = await started({ usage: { reserve: () => answering, release }, timer: timers.set })
    const asked = answer(await agentWith([limited(count(5))]), { at })
    await vi.waitFor(() => expect(timers.waiting).toBe(1))
    await timers.advance(2_000)

    expect(await asked).toBe('usage_unavailable')
    expect(release).not.toHaveBeenCalled()
    reserve('reserved')
    await vi.waitFor(() => expect(release).toHaveBeenCalledOnce())
  })

  it('for nonces that does not answer in time lets nothing pass', async () => {
    const timers = new ManualTimers(world)
    const at = await started({ replay: { use: () => never }, timer: timers.set })
    const asked = answer(await world.agentChain(), { at })
    await vi.waitFor(() => expect(timers.waiting).toBe(1))
    await timers.advance(2_000)

    expect(await asked).toBe('replay_unavailable')
  })

  it('for chains that does not answer in time has none, and takes none', async () => {
    const timers = new ManualTimers(world)
    const alarm = vi.fn()
    const chains = { get: () => never, put: () => never }
    const at = await started({ chains, timer: timers.set, onAlarm: alarm })
    const chain = await world.longChain()
    const asked = [
      at.verify(await world.refer(chain), { action: 'mail.read' }),
      at.upload(await world.upload(chain)),
    ]
    await vi.waitFor(() => expect(timers.waiting).toBe(2))
    await timers.advance(2_000)

    expect(await Promise.all(asked)).toMatchObject([
      { refusal: { code: 'chain_required' } },
      { refusal: { code: 'limit_exceeded', dimension: 'chains' } },
    ])
    expect(alarm).toHaveBeenCalledTimes(2)
    expect(alarm).toHaveBeenCalledWith(expect.objectContaining({ kind: 'store_failed', store: 'chains' }))
  })

  it('that cannot take back leaves it used, and the handler undisturbed', async () => {
    const inner = new MemoryUsageStore(world.clock)
    const usage: UsageStore = {
      reserve: (...charges) => inner.reserve(...charges),
      release: () => Promise.reject(new Error('down')),
    }
    const at = await started({ usage })
    const chain = await agentWith([limited(count(1))])
    const verdict = await ask(chain, { at })
    if (!verdict.verified) throw new Error('the test needs a verdict')

    await expect(verdict.release()).resolves.toBeUndefined()
    expect(await answer(chain, { at })).toBe('usage_exhausted')
  })

  it('shared by two verifiers grants a limit once', async () => {
    const usage = new MemoryUsageStore(world.clock)
    const [one, other] = [await started({ usage }), await started({ usage })]
    const chain = await agentWith([limited(count(1))])

    expect(await answer(chain, { at: one })).toBe('verified')
    expect(await answer(chain, { at: other })).toBe('usage_exhausted')
  })
})

describe('64 requests at once', () => {
  it('over all links and several agents of one maker use no more than there is', async () => {
    const above = await agentWith([limited(count(10), budget(100))])
    const people = await Promise.all([1, 2, 3].map(() => makePerson()))
    const chains = await Promise.all(
      people.map((to, i) => helperOf(above, i === 0 ? [] : [count(8 - i)], to, 10 + i)),
    )
    const callers = [
      { chain: above, by: world.agent },
      ...chains.map((chain, i) => ({ chain, by: people[i] ?? world.agent })),
    ]
    const asked = Array.from({ length: 64 }, (_, i) => {
      const { chain, by } = callers[i % callers.length] ?? { chain: above, by: world.agent }
      return answer(chain, { by, arguments: paying(7) })
    })
    const answers = await Promise.all(asked)

    expect(answers.filter((one) => one === 'verified')).toHaveLength(10)
    expect(new Set(answers)).toEqual(new Set(['verified', 'usage_exhausted']))
  })
})

function fail(): never {
  throw new Error('down')
}
