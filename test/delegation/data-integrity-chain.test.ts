import { expect, it } from 'vitest'
import { openChain } from '../../src/delegation/open-chain.ts'
import { parseChain } from '../../src/delegation/parse-chain.ts'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { credentialToJson } from '../../src/model/build-credential.ts'
import type { ChainCredential } from '../../src/model/credential.ts'
import type { Signer } from '../../src/model/signer.ts'
import { parseVcDataIntegrity } from '../../src/securing/data-integrity/parse-vc-data-integrity.ts'
import { signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { acceptedValue } from '../helpers/signers.ts'
import { World } from '../helpers/world.ts'

const resolver = createDidResolver()

async function signed(credential: ChainCredential, signer: Signer): Promise<string> {
  const document = credentialToJson(credential)
  return JSON.stringify(await signDataIntegrity({ document, cryptosuite: 'eddsa-jcs-2022', signer }))
}

it('joins and opens a chain whose links are secured each in its own way', async () => {
  const world = await World.create()
  const [root] = await world.agentChain()
  const agent = await signed(world.agentCredential(), world.owner.signer)
  const derived = world.derivedCredential(acceptedValue(parseVcDataIntegrity(agent)))
  const texts = [root, agent, await world.sign(derived, world.agent.signer)]

  const chain = acceptedValue(await parseChain(texts))

  expect(chain.map(({ mechanism }) => mechanism)).toEqual(['vc+jwt', 'eddsa-jcs-2022', 'vc+jwt'])
  expect(await openChain(chain, { resolver })).toEqual({ verified: true, value: chain })
})

it('refuses the link whose proof is not good', async () => {
  const world = await World.create()
  const [root] = await world.agentChain()
  const agent = await signed(world.agentCredential(), world.owner.signer)
  const forged = agent.replace('answers support mail', 'answers other mail')
  const open = async (text: string) => openChain(acceptedValue(await parseChain([root, text])), { resolver })

  expect(await open(agent)).toMatchObject({ verified: true })
  expect(await open(forged)).toMatchObject({ refusal: { code: 'signature_invalid', link: 1 } })
})
