import { expect, it } from 'vitest'
import { hasCountedLimit } from '../../src/delegation/has-counted-limit.ts'
import type { ParsedChain } from '../../src/model/chain.ts'
import { agentJson, linksOf, ownerJson } from '../helpers/credentials.ts'
import { MAIL } from '../helpers/grants.ts'

const COUNT = { kind: 'count', id: 'mails', max: 9 }
const UP_TO_5 = { kind: 'range', on: 'amount', max: '5' }

it.each([
  ['nothing', [], false],
  ['a constraint that is not counted', [UP_TO_5], false],
  ['a counted limit', [COUNT], true],
  ['a counted limit beside another constraint', [UP_TO_5, COUNT], true],
])('tells of a chain where one entry of one link states %s', (_, constraints, expected) => {
  const authorizationDetails = [MAIL, { ...MAIL, constraints }]
  const chain = linksOf(ownerJson(), agentJson({ authorizationDetails })) as unknown as ParsedChain

  expect(hasCountedLimit(chain)).toBe(expected)
})
