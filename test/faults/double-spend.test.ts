import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { BudgetConstraint, Constraint, CountConstraint } from '../../src/model/constraints/constraint.ts'
import { mailGrant, makePerson, type Person, readLink, World } from '../helpers/world.ts'
import { temporaryFile } from '../server/store/fixtures.ts'
import { VerifyingProcess, type Wire, wire } from './verifying.ts'

const AT_ONCE = 64

let world: World
let file: string

beforeAll(async () => {
  world = await World.create()
})
beforeEach(async () => {
  file = await temporaryFile()
})

async function start(): Promise<VerifyingProcess> {
  const started = await VerifyingProcess.start(file, world)
  onTestFinished(() => started.kill())
  return started
}

function count(max: number): CountConstraint {
  return { kind: 'count', id: 'c1', max, per: 86_400_000 }
}

function budget(max: number): BudgetConstraint {
  return { kind: 'budget', id: 'b1', on: ['amount'], max: BigInt(max) * 10n ** 18n }
}

function agentWith(...constraints: Constraint[]): Promise<[string, string]> {
  return world.agentChain({ authorizationDetails: [mailGrant({ constraints })] })
}

/** Chains of the agent and of three of its helpers, one of which states the limit again. */
async function family(
  ...constraints: Constraint[]
): Promise<(readonly [chain: readonly string[], by: Person])[]> {
  const above = await agentWith(...constraints)
  const parent = await readLink(above[1])
  const helpers = [1, 2, 3].map(async (n) => {
    const helper = await makePerson()
    const own = n === 1 ? constraints : []
    const details = [mailGrant({ actions: ['mail.read'], constraints: own })]
    const derived = world.derivedCredential(
      parent,
      { id: helper.did, authorizationDetails: details },
      { status: world.site.entry(10 + n) },
    )
    return [[...above, await world.sign(derived, world.agent.signer)], helper] as const
  })
  return [[above, world.agent], ...(await Promise.all(helpers))]
}

async function requests(amount: number, ...constraints: Constraint[]): Promise<Wire[]> {
  const members = await family(...constraints)
  return Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) => {
      const [chain, by] = members[i % members.length] ?? [[], world.agent]
      return wire(world, chain, by, { amount })
    }),
  )
}

const passed = (codes: readonly string[]) => codes.filter((code) => code === 'verified').length

describe('64 requests at once, by an agent and its helpers', () => {
  it('pass as often as the limits of all links allow, in one process', async () => {
    const service = await start()
    const codes = await Promise.all(
      (await requests(3, count(25), budget(60))).map((one) => service.verify(one)),
    )

    expect(passed(codes)).toBe(20)
    expect(new Set(codes)).toEqual(new Set(['verified', 'usage_exhausted']))
  })

  it('pass no more often when four processes share the store', async () => {
    const services = await Promise.all([start(), start(), start(), start()])
    const asked = (await requests(3, count(25), budget(60))).map(
      (one, i) => services[i % 4]?.verify(one) ?? '',
    )
    const codes = await Promise.all(asked)

    expect(passed(codes)).toBe(20)
    expect(new Set(codes)).toEqual(new Set(['verified', 'usage_exhausted']))
  })
})

describe('what was used', () => {
  it('stays used after a restart', async () => {
    const chain = await agentWith(count(2))
    const first = await start()
    expect(await first.verify(await wire(world, chain))).toBe('verified')
    await first.kill()
    const second = await start()

    expect(await second.verify(await wire(world, chain))).toBe('verified')
    expect(await second.verify(await wire(world, chain))).toBe('usage_exhausted')
  })

  it('stays used when the process is killed between the verdict and the answer', async () => {
    const chain = await agentWith(count(1))
    const first = await start()
    expect(await first.verify(await wire(world, chain), { dies: true })).toBe('killed')
    const second = await start()

    expect(await second.verify(await wire(world, chain))).toBe('usage_exhausted')
  })

  it('never grows less, killed at any moment under load', { timeout: 240_000 }, async () => {
    const most = 100
    const chain = await agentWith(count(most))
    let [acknowledged, unknown] = [0, 0]
    for (let round = 0; round < 3; round++) {
      const services = await Promise.all([start(), start()])
      const wires = await Promise.all(Array.from({ length: AT_ONCE }, () => wire(world, chain)))
      const asked = wires.map(async (one, i) => (await services[i % 2]?.verify(one)) ?? '')
      const killed = (round + 1) * 5
      await Promise.race([Promise.all(asked.slice(0, killed)), Promise.all(asked)])
      await services[0]?.kill()
      const codes = await Promise.all(asked)
      await services[1]?.kill()
      acknowledged += passed(codes)
      unknown += codes.filter((code) => code === 'killed').length
    }
    const last = await start()
    const rest = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => last.verify(await wire(world, chain))),
    )

    expect(rest).toContain('usage_exhausted')
    expect(acknowledged + passed(rest)).toBeLessThanOrEqual(most)
    expect(acknowledged + passed(rest) + unknown).toBeGreaterThanOrEqual(most)
  })
})

describe('a signed request that is sent once more', () => {
  it('is refused by another process that shares the store [HP-04]', async () => {
    const [first, second] = await Promise.all([start(), start()])
    const request = await wire(world, await world.agentChain())

    expect(await first.verify(request)).toBe('verified')
    expect(await second.verify(request)).toBe('replayed')
    expect(await second.verify(await wire(world, await world.agentChain()))).toBe('verified')
  })

  it('is refused after a restart, also when the process was killed before it answered [HP-04]', async () => {
    const [answered, unanswered] = [
      await wire(world, await world.agentChain()),
      await wire(world, await world.agentChain()),
    ]
    const first = await start()
    expect(await first.verify(answered)).toBe('verified')
    expect(await first.verify(unanswered, { dies: true })).toBe('killed')
    const second = await start()

    expect(await second.verify(answered)).toBe('replayed')
    expect(await second.verify(unanswered)).toBe('replayed')
  })

  it('passes once of 64 times at once, in four processes [HP-04]', async () => {
    const services = await Promise.all([start(), start(), start(), start()])
    const request = await wire(world, await world.agentChain())
    const codes = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, i) => (await services[i % 4]?.verify(request)) ?? ''),
    )

    expect(passed(codes)).toBe(1)
    expect(codes.filter((code) => code === 'replayed')).toHaveLength(AT_ONCE - 1)
  })
})
