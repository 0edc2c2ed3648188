import type { Json, JsonObject } from '../../../src/core/json.ts'
import type { ExpectedRefusal, VectorAsk, VectorFile, VectorStep } from '../format.ts'
import { grant, NOW, type Overrides, READ, Scene, time } from './scene.ts'
import { pair, publish } from './site.ts'
import { asked, refusal, settingOf, Theme } from './theme.ts'

const TWO = { kind: 'count', id: 'c1', max: 2, per: 'P1D' }
const EURO = {
  kind: 'budget',
  id: 'b1',
  on: 'amount.value',
  currency: 'EUR',
  currencyOn: 'amount.currency',
  max: '100.00',
  per: 'P1D',
}
const HELD = { verified: true as const }
/** From {@link NOW} to the next midnight UTC, in milliseconds. */
const TOMORROW = 15 * 3_600_000

/** Limits that are counted, by one verifier over several requests. */
export async function usage(): Promise<VectorFile> {
  const scene = await Scene.create('usage')
  const theme = new Theme(
    'usage',
    'Limits that are counted, over several requests to one verifier.',
    await settingOf(scene),
  )
  await counts(theme, scene)
  await budgets(theme, scene)
  await families(theme, scene)
  await forms(theme, scene)
  return theme.file
}

/** Requests of the agent under one entry, one after the other. */
async function series(
  scene: Scene,
  constraints: readonly JsonObject[],
  asks: readonly (VectorAsk | number)[],
): Promise<VectorStep[]> {
  const chain = await scene.twoLinks({ authorizationDetails: [grant({ constraints })] })
  const steps: VectorStep[] = []
  let at = 0
  for (const ask of asks) {
    if (typeof ask === 'number') at = ask
    else steps.push({ ...asked(await scene.request(chain, { at }), ask), ...(await later(scene, at)) })
  }
  return steps
}

/** Status of then, so that nothing but the limit refuses. */
async function later(
  { cast }: Scene,
  ms: number,
): Promise<{ at?: string; documents?: Record<string, string> }> {
  if (ms === 0) return {}
  const at = NOW + ms
  const lists = await pair(cast.status, { version: at })
  const { documents } = await publish(cast.status, { lists, at, seq: 9, prev: 'A'.repeat(43) })
  return { at: time(ms), documents }
}

function answered(steps: readonly VectorStep[], expected: readonly (ExpectedRefusal | typeof HELD)[]) {
  return steps.map((step, i) => ({ ...step, expected: expected[i] ?? HELD }))
}

async function counts(theme: Theme, scene: Scene): Promise<void> {
  const exhausted = refusal('usage_exhausted!@1 count')
  theme.add(
    'count',
    'two requests under a limit of two a day',
    answered(await series(scene, [TWO], [READ, READ]), [HELD, HELD]),
  )
  theme.add(
    'count-third',
    'a third one',
    answered(await series(scene, [TWO], [READ, READ, READ]), [HELD, HELD, exhausted]),
    {},
    'count',
  )
  const once = { kind: 'count', id: 'once', max: 1 }
  theme.add(
    'single-use',
    'a second use of a grant for one',
    answered(await series(scene, [once], [READ, READ]), [HELD, exhausted]),
    {},
    'count',
  )
  const nextDay = await series(scene, [TWO], [READ, READ, TOMORROW, READ])
  theme.add('count-next-day', 'a third request on the next day', answered(nextDay, [HELD, HELD, HELD]))
  const dayEnd = await series(scene, [TWO], [READ, READ, TOMORROW - 1, READ])
  theme.add(
    'count-day-end',
    'a third request a millisecond before the next day',
    answered(dayEnd, [HELD, HELD, exhausted]),
    {},
    'count-next-day',
  )
  const chain = await scene.twoLinks({ authorizationDetails: [grant({ constraints: [{ ...TWO, max: 1 }] })] })
  const refused = asked(await scene.request(chain, { by: scene.cast.mallory }))
  const good = asked(await scene.request(chain))
  theme.add(
    'refused-counts-nothing',
    'a request that is refused, and then the only one that is allowed',
    answered([refused, good], [refusal('holder_proof_invalid keyid'), HELD]),
    { threats: ['HP-02'] },
  )
  const other = await scene.twoLinks({
    agentId: 'agt_other',
    authorizationDetails: [grant({ constraints: [{ ...TWO, max: 1 }] })],
  })
  const both = [good, asked(await scene.request(other))]
  theme.add(
    'other-agent',
    'one request each of two agents, under a limit of one',
    answered(both, [HELD, HELD]),
  )
  const renewed = await scene.twoLinks({
    name: 'renewed',
    authorizationDetails: [grant({ constraints: [{ ...TWO, max: 1 }] })],
  })
  const again = [good, asked(await scene.request(renewed))]
  theme.add(
    'renewed',
    'a second request under another credential of the same agent',
    answered(again, [HELD, exhausted]),
    {},
    'count',
  )
}

async function budgets(theme: Theme, scene: Scene): Promise<void> {
  const pay = (value: Json, currency: Json = 'EUR'): VectorAsk => ({
    ...READ,
    arguments: { amount: { value, currency } },
  })
  const exhausted = refusal('usage_exhausted!@1 budget')
  const violated = refusal('constraint_violated@1 budget')
  theme.add(
    'budget',
    'amounts that add up to the budget',
    answered(await series(scene, [EURO], [pay('60.00'), pay('40')]), [HELD, HELD]),
  )
  theme.add(
    'budget-over',
    'amounts that add up to a cent more',
    answered(await series(scene, [EURO], [pay('60.00'), pay('40.01')]), [HELD, exhausted]),
    {},
    'budget',
  )
  const smaller = await series(scene, [EURO], [pay('60'), pay('41'), pay('40')])
  theme.add(
    'budget-smaller',
    'an amount that is too much, and then one that is left',
    answered(smaller, [HELD, exhausted, HELD]),
  )
  const wrong: readonly (readonly [string, string, VectorAsk])[] = [
    ['budget-above', 'an amount above the whole budget', pay('100.01')],
    ['budget-negative', 'a negative amount', pay('-1')],
    ['budget-currency', 'an amount in another currency', pay('1', 'USD')],
    ['budget-missing', 'no amount', READ],
  ]
  for (const [name, title, ask] of wrong) {
    theme.add(name, title, answered(await series(scene, [EURO], [ask]), [violated]), {}, 'budget')
  }
  const both = [{ ...TWO, max: 3 }, EURO]
  const neither = await series(scene, both, [pay('90'), pay('20'), pay('5'), pay('5'), pay('0')])
  theme.add(
    'both',
    'under a count and a budget: what one of them refuses takes nothing of the other',
    answered(neither, [HELD, exhausted, HELD, HELD, refusal('usage_exhausted!@1 count')]),
    {},
    'budget',
  )
}

/** An agent and what it makes have one count. */
async function families(theme: Theme, scene: Scene): Promise<void> {
  const { cast } = scene
  const [root, agent] = await scene.twoLinks({ authorizationDetails: [grant({ constraints: [TWO] })] })
  const below = async (changes: Overrides) => {
    const own = { authorizationDetails: [grant({ actions: ['mail.read'], ...changes })] }
    return asked(await scene.request([root, agent, await scene.derived(agent, own)], { by: cast.sub }))
  }
  const own = asked(await scene.request([root, agent]))
  theme.add(
    'family',
    'an agent and its sub-agent, a request each',
    answered([own, await below({})], [HELD, HELD]),
  )
  const third = [own, await below({}), asked(await scene.request([root, agent]))]
  theme.add(
    'family-third',
    'a third request of the two',
    answered(third, [HELD, HELD, refusal('usage_exhausted!@1 count')]),
    {},
    'family',
  )
  const tighter = { constraints: [{ ...TWO, max: 1 }] }
  theme.add(
    'child-tighter',
    'a sub-agent with a smaller limit, after its agent',
    answered([own, await below(tighter)], [HELD, refusal('usage_exhausted!@2 count')]),
    {},
    'family',
  )
  const escalations: readonly (readonly [string, string, JsonObject])[] = [
    ['child-more', 'a sub-agent with a larger limit', { ...TWO, max: 3 }],
    ['child-shorter', 'a sub-agent with the same limit in a shorter window', { ...TWO, per: 'PT1H' }],
  ]
  for (const [name, title, constraint] of escalations) {
    theme.refuse(
      name,
      'family',
      title,
      refusal('capability_escalated@2 count'),
      await below({ constraints: [constraint] }),
      { threats: ['DC-03'] },
    )
  }
}

async function forms(theme: Theme, scene: Scene): Promise<void> {
  const wrong: readonly (readonly [string, string, JsonObject])[] = [
    ['count-zero', 'a maximum of nothing', { ...TWO, max: 0 }],
    ['count-text', 'a maximum as a text', { ...TWO, max: '2' }],
    ['count-fraction', 'a maximum with a fraction', { ...TWO, max: 1.5 }],
    ['count-month', 'a window that is not always of one length', { ...TWO, per: 'P1M' }],
    ['count-no-id', 'a limit without id', { kind: 'count', max: 2 }],
    ['budget-number', 'a budget as a number', { ...EURO, max: 100 }],
    ['budget-no-path', 'a budget that does not say of what', { kind: 'budget', id: 'b1', max: '1' }],
  ]
  for (const [name, title, constraint] of wrong) {
    const [step] = await series(scene, [constraint], [READ])
    if (step !== undefined) theme.refuse(name, 'count', title, refusal('malformed@1'), step)
  }
}
