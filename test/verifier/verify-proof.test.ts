import { expect, it, vi } from 'vitest'
import { createDidResolver } from '../../src/did/resolve-did.ts'
import { verifyProof } from '../../src/verifier/verify-proof.ts'
import { NOW, World } from '../helpers/world.ts'

it('a proof by the key of somebody else is refused before anybody is asked for the keys of the presenter', async () => {
  const world = await World.create()
  const request = await world.present(await world.agentChain())
  const resolver = createDidResolver()
  const resolve = vi.spyOn(resolver, 'resolve')
  const replay = { use: () => 'fresh' as const }
  const context = { origin: 'https://mail.example', bodyCheckedUpstream: false, resolver, replay }

  expect(await verifyProof(request, world.owner.did, NOW, context)).toMatchObject({
    refusal: { code: 'holder_proof_invalid', dimension: 'keyid' },
  })
  expect(resolve).not.toHaveBeenCalled()
  expect(await verifyProof(request, world.agent.did, NOW, context)).toEqual({
    verified: true,
    value: NOW + 60_000,
  })
})
