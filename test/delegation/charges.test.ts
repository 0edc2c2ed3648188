import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { ChargeSearch } from '../../src/delegation/charge-search.ts'
import { chargesOf } from '../../src/delegation/charges.ts'
import { joinChain } from '../../src/delegation/join-chain.ts'
import type { Charge } from '../../src/model/constraints/charge.ts'
import { agentJson, linksOf, ownerJson, runJson } from '../helpers/credentials.ts'
import { MAIL, request } from '../helpers/grants.ts'

const DAY = 86_400_000
const count = (key: string, max: number, members: Partial<Charge> = {}): Charge => ({
  kind: 'count',
  key,
  amount: 1n,
  max: BigInt(max),
  endsAt: DAY,
  ...members,
})
const link = (n: number, ...alternatives: readonly Charge[][]) => ({
  link: n,
  validUntil: 5 * DAY,
  alternatives,
})
const keysOf = (search: ChargeSearch): readonly string[] | string => {
  const chosen = search.choose()
  return chosen.verified ? chosen.value.map(({ key, max }) => `${key} ${max}`) : chosen.refusal.code
}

describe('what a request takes', () => {
  const COUNT = { kind: 'count', id: 'mails', max: 9 }
  const UP_TO_5 = { kind: 'range', on: 'amount', max: '5' }
  /** What each link takes: its position, and the kinds of the charges of each entry. */
  const takenBy = (...details: readonly JsonObject[][]) => {
    const [owner, agent, run] = details.map((authorizationDetails) => ({ authorizationDetails }))
    const joined = joinChain(linksOf(ownerJson(owner), agentJson(agent), runJson(run)))
    if (!joined.verified) throw new Error('the sample does not join')
    const links = chargesOf(joined.value, request({ arguments: { amount: 1 } }))
    return links.map(({ link, alternatives }) => [
      link,
      alternatives.map((all) => all.map((one) => one.kind)),
    ])
  }

  it('is taken from the limits that are counted, and from no other constraint', () => {
    const mixed = { ...MAIL, constraints: [UP_TO_5, COUNT] }

    expect(takenBy([MAIL], [mixed], [mixed])).toEqual([
      [1, [['count']]],
      [2, [['count']]],
    ])
  })

  it('is nothing at a link with an entry that allows the request and counts nothing', () => {
    const [counted, measured] = [
      { ...MAIL, constraints: [COUNT] },
      { ...MAIL, constraints: [UP_TO_5] },
    ]

    expect(takenBy([MAIL], [counted, measured], [counted])).toEqual([[2, [['count']]]])
    expect(takenBy([MAIL], [counted, counted], [counted])).toEqual([
      [1, [['count'], ['count']]],
      [2, [['count']]],
    ])
  })
})

describe('looking for entries that can pay', () => {
  it('takes the first of each link, and each key once with the smallest maximum and the latest end', () => {
    const { endsAt: _, ...lifelong } = count('x', 3)
    const search = new ChargeSearch([link(0, [count('x', 9)]), link(2, [lifelong, count('y', 1)])], 0)

    expect(search.choose()).toEqual({
      verified: true,
      value: [
        { key: 'x', amount: 1n, max: 3n, endsAt: 5 * DAY },
        { key: 'y', amount: 1n, max: 1n, endsAt: DAY },
      ],
    })
  })

  it('goes on with the next entry of the link that stated the smallest maximum', () => {
    const search = new ChargeSearch(
      [link(1, [count('x', 9)], [count('z', 1)]), link(2, [count('x', 3)], [count('y', 1)])],
      0,
    )

    expect(keysOf(search)).toEqual(['x 3'])
    expect(search.exclude(new Set(['x']))).toBeUndefined()
    expect(keysOf(search)).toEqual(['x 9', 'y 1'])
    expect(search.exclude(new Set(['x']))).toBeUndefined()
    expect(keysOf(search)).toEqual(['z 1', 'y 1'])
  })

  it('ends with the link that has no other entry, its kind, and when it has something again', () => {
    const search = new ChargeSearch(
      [link(1, [count('x', 1, { endsAt: 3 * DAY })], [count('y', 1)])],
      DAY - 1_500,
    )
    search.choose()
    search.exclude(new Set(['x']))
    search.choose()

    expect(search.exclude(new Set(['y']))).toEqual({
      verified: false,
      refusal: { code: 'usage_exhausted', link: 1, dimension: 'count', retryAfterSeconds: 2 },
    })
  })

  it('waits for the last limit of an entry', () => {
    const { endsAt: _, ...lifelong } = count('y', 1)
    const both = [count('x', 1, { endsAt: 3_000 }), count('z', 1, { endsAt: 9_000 })]
    const search = new ChargeSearch([link(1, both)], 0)
    search.choose()
    expect(search.exclude(new Set(['x', 'z']))).toMatchObject({ refusal: { retryAfterSeconds: 9 } })

    const hopeless = new ChargeSearch([link(1, [count('x', 1), lifelong])], 0)
    hopeless.choose()
    expect(hopeless.exclude(new Set(['x', 'y']))?.refusal).not.toHaveProperty('retryAfterSeconds')
  })

  it('leaves out entries that measure a limit differently than a link above, and refuses when there is no other', () => {
    const [one, other] = [count('x', 9), count('x', 9, { amount: 7n })]

    expect(keysOf(new ChargeSearch([link(0, [one]), link(1, [other], [count('y', 1)])], 0))).toEqual([
      'x 9',
      'y 1',
    ])
    const partly = new ChargeSearch([link(0, [one]), link(1, [count('y', 1), other], [count('z', 1)])], 0)
    expect(keysOf(partly)).toEqual(['x 9', 'z 1'])
    expect(new ChargeSearch([link(0, [one]), link(1, [other])], 0).choose()).toEqual({
      verified: false,
      refusal: { code: 'constraint_violated', link: 1, dimension: 'budget' },
    })
  })
})
