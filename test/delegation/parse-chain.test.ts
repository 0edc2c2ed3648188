import { describe, expect, it } from 'vitest'
import { parseChain } from '../../src/delegation/parse-chain.ts'
import { accept, refuse } from '../../src/refusal.ts'
import { agentJson, linksOf, ownerJson, runJson } from '../helpers/credentials.ts'
import { World } from '../helpers/world.ts'

const LINKS = linksOf(ownerJson(), agentJson(), runJson())
const NUMBERS = ['0', '1', '2']

describe('parseChain', () => {
  it('reads compact tokens and joins them', async () => {
    const world = await World.create()
    const tokens = await world.agentChain()

    expect(parseChain(tokens)).toMatchObject({ value: tokens.map((token) => ({ token })) })
    expect(parseChain(tokens.toReversed())).toMatchObject({ refusal: { code: 'chain_broken', link: 0 } })
  })

  it('places the first refusal of a token', () => {
    const read = (unreadable: number) =>
      parseChain(NUMBERS, (text) => {
        const link = LINKS[Number(text)]
        return link === undefined || Number(text) >= unreadable ? refuse('malformed') : accept(link)
      })

    expect(read(3)).toEqual({ verified: true, value: LINKS })
    expect(read(1)).toEqual({ verified: false, refusal: { code: 'malformed', link: 1 } })
  })
})
