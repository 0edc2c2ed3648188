import { beforeAll, describe, expect, it } from 'vitest'
import { joinChain } from '../../src/delegation/join-chain.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { Issuer } from '../../src/issuer/issuer.ts'
import { openShownChain } from '../../src/issuer/register-run.ts'
import type { ParsedChain } from '../../src/model/chain.ts'
import { refuse } from '../../src/refusal.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { readLink, World } from '../helpers/world.ts'

const keys = createDidResolver()

let world: World
let chain: ParsedChain
/** Link 1 is under a signature of another text; what lies below it is genuine. */
let forged: ParsedChain

beforeAll(async () => {
  world = await World.create()
  const [root, agent, derived] = await world.subAgentChain()
  chain = await join(root, agent, derived)
  const other = await world.sign(world.agentCredential({ purpose: 'else' }), world.owner.signer)
  const spliced = `${agent.slice(0, agent.lastIndexOf('.'))}.${other.split('.')[2]}`
  forged = await join(root, spliced, derived)
})

async function join(...tokens: string[]): Promise<ParsedChain> {
  return acceptedValue(joinChain(await Promise.all(tokens.map(readLink))))
}

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
