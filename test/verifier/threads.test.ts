import { beforeEach, describe, expect, it } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, codeOf, World } from '../helpers/world.ts'

const ASK = { action: 'mail.read' }

describe.each(['Ed25519', 'P-256'] as const)(
  'a verifier that uses the thread pool, keys of type %s',
  (type) => {
    let world: World
    let threaded: Verifier
    let plain: Verifier

    beforeEach(async () => {
      world = await World.create(type)
      threaded = await make({ threads: true })
      plain = await make()
    })

    async function make(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
      const verifier = createVerifier({
        audience: AUDIENCE,
        trust: [world.trust],
        freshness: { '*': 'sensitive' },
        fetch: world.site.fetch,
        clock: world.clock,
        ...options,
      })
      await verifier.sync()
      return verifier
    }

    /** Codes of both verifiers for the same presentations, one after the other. */
    async function codes(requests: readonly Parameters<Verifier['verify']>[0][]): Promise<string[][]> {
      const answers: string[][] = []
      for (const verifier of [threaded, plain]) {
        const each: string[] = []
        for (const request of requests) each.push(codeOf(await verifier.verify(request, ASK)))
        answers.push(each)
      }
      return answers
    }

    it('accepts the same chains, and refuses a replay of them', async () => {
      const request = await world.present(await world.agentChain())
      const [here, there] = await codes([request, request])

      expect(here).toEqual(['verified', 'replayed'])
      expect(there).toEqual(here)
    })

    it('refuses the same forgeries', async () => {
      const [root, agent] = await world.agentChain()
      const forged = [root, await world.spliced(agent)]
      const impostor = { signer: { ...world.subAgent.signer, keyId: world.agent.signer.keyId } }
      const [here, there] = await codes([
        await world.present(forged),
        await world.present([root, agent], impostor),
      ])

      expect(here).toEqual(['signature_invalid', 'holder_proof_invalid'])
      expect(there).toEqual(here)
    })

    it('refuses the same revoked chains, seen before or not', async () => {
      const tokens = await world.agentChain()
      const before = await codes([await world.present(tokens)])
      world.site.set('revocation', 2)
      world.now += 1
      await world.site.publish()
      await Promise.all([threaded.sync(), plain.sync()])

      const [here, there] = await codes([
        await world.present(tokens),
        await world.present(await world.agentChain()),
      ])

      expect(before).toEqual([['verified'], ['verified']])
      expect(here).toEqual(['revoked', 'revoked'])
      expect(there).toEqual(here)
    })

    it('accepts one of many that show the same proof at the same moment', async () => {
      const request = await world.present(await world.agentChain())
      const verdicts = await Promise.all(Array.from({ length: 64 }, () => threaded.verify(request, ASK)))

      expect(verdicts.map(codeOf).sort()).toEqual([...Array(63).fill('replayed'), 'verified'])
    })
  },
)
