import { expect, it, vi } from 'vitest'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'

vi.mock('#crypto', () => import('../../src/core/crypto/default.ts'))

it('verifies, refuses and waits with Web Crypto alone [S5]', async () => {
  const world = await World.create()
  const options = { audience: AUDIENCE, trust: [world.trust], freshness: { '*': 'sensitive' } } as const
  const waiting = { use: async () => 'fresh' as const }
  const verifier = createVerifier({
    ...options,
    fetch: world.site.fetch,
    clock: world.clock,
    replay: waiting,
  })
  await verifier.sync()
  const tokens = await world.subAgentChain()
  const ask = { action: 'mail.read' }
  const bySubAgent = { signer: world.subAgent.signer }
  const [root, agent, derived] = tokens
  const forged = [root, await world.spliced(agent), derived]
  const impostor = { signer: { ...world.agent.signer, keyId: world.subAgent.signer.keyId } }

  expect(codeOf(await verifier.verify(await world.present(tokens, bySubAgent), ask))).toBe('verified')
  expect(codeOf(await verifier.verify(await world.present(forged, bySubAgent), ask))).toBe(
    'signature_invalid',
  )
  expect(codeOf(await verifier.verify(await world.present(tokens.slice(0, 2)), ask))).toBe('verified')
  expect(codeOf(await verifier.verify(await world.present(tokens, impostor), ask))).toBe(
    'holder_proof_invalid',
  )
})
