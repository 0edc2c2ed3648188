import { beforeAll, describe, expect, it } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Issuer } from '../../src/issuer/issuer.ts'
import { openShownChain } from '../../src/issuer/register-run.ts'
import type { ParsedChain } from '../../src/model/chain.ts'
import { refuse } from '../../src/refusal.ts'
import { joinLinks, World } from '../helpers/world.ts'

const keys = createDidResolver()

let world: World
let chain: ParsedChain
/** Link 1 is under a signature of another text; what lies below it is genuine. */
let forged: ParsedChain

beforeAll(async () => {
  world = await World.create()
  const [root, agent, derived] = await world.subAgentChain()
  chain = await joinLinks(root, agent, derived)
  forged = await joinLinks(root, await world.spliced(agent), derived)
})

/** What comes of a chain, and whose keys were asked for; keys have to be waited for, as the hashes of Data Integrity have. */
async function open(shown: ParsedChain) {
  const asked: string[] = []
  const resolve = async (did: string) => {
    asked.push(did)
    return await keys.resolve(did)
  }
  return { verdict: await openShownChain({ resolver: { resolve } } as Issuer, shown), asked }
}

describe('opening a chain that somebody shows to the issuer', () => {
  it('begins nothing of what lies below a link that is refused', async () => {
    const { verdict, asked } = await open(forged)

    expect(verdict).toEqual(refuse('signature_invalid', { link: 1 }))
    expect(asked).toEqual([world.authority.did, world.owner.did])
  })

  it('checks every link of one that holds', async () => {
    const { verdict, asked } = await open(chain)

    expect(verdict).toEqual({ verified: true, value: chain })
    expect(asked).toEqual([world.authority.did, world.owner.did, world.agent.did])
  })
})
