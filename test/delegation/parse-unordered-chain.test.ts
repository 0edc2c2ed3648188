import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderLinks } from '../../src/delegation/parse-unordered-chain.ts'
import type { ParsedLink } from '../../src/model/chain.ts'
import { agentJson, helperJson, linksOf, OWNER, ownerJson, runJson } from '../helpers/credentials.ts'
import { acceptedValue, outcomeOf } from '../helpers/signers.ts'

const links = linksOf(ownerJson(), agentJson(), runJson(), helperJson())
const [owner, agent, run, helper] = links as [ParsedLink, ParsedLink, ParsedLink, ParsedLink]

describe('orderLinks', () => {
  it('finds the order of a chain, whatever order it is given', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(links, { minLength: links.length }), (shuffled) => {
        expect(acceptedValue(orderLinks(shuffled))).toEqual(links)
      }),
    )
  })

  it.each([
    ['one that misses its owner', [agent, run]],
    ['one with a gap', [owner, run]],
    ['one whose second link is missing', [owner, run, helper]],
    ['the same link twice', [owner, agent, agent]],
    ['two owners', [owner, owner, agent]],
    ['one that belongs to nobody', [owner, agent, helper]],
  ] as const)('refuses %s', (_, given) => {
    const outcome = outcomeOf(orderLinks(given))

    expect(outcome).toBe('chain_broken verifiableCredential')
  })

  it('refuses links of which either could come next, although some order places them all', () => {
    const [self] = linksOf(agentJson({ id: OWNER })) as [ParsedLink]

    expect(outcomeOf(orderLinks([owner, self]))).toBe('accepted')
    expect(outcomeOf(orderLinks([owner, self, agent]))).toBe('chain_broken verifiableCredential')
    expect(outcomeOf(orderLinks([owner, agent, self]))).toBe('chain_broken verifiableCredential')
  })

  it('ends when a link is issued by its own subject', () => {
    const circular = linksOf(agentJson({}, { issuer: 'did:key:z6Mkagent' }))

    expect(outcomeOf(orderLinks([owner, agent, ...circular]))).toBe('accepted')
  })
})
