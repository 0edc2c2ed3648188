import { describe, expect, it } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { evidenceOf } from '../../src/verifier/evidence.ts'
import { RULES } from '../../src/verifier/rules.ts'
import type { PresentationVerdict } from '../../src/verifier/verdict.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

async function startIn(world: World): Promise<Verifier> {
  const { trust, clock, site } = world
  const freshness = { '*': 'sensitive' } as const
  const made = createVerifier({ audience: AUDIENCE, trust: [trust], freshness, fetch: site.fetch, clock })
  await made.sync()
  return made
}

async function outcomesOf(verdict: PresentationVerdict): Promise<Record<string, string>> {
  const { rules } = await verdict.explain()
  return Object.fromEntries(rules.map(({ rule, outcome }) => [rule, outcome]))
}

describe('explain', () => {
  it('says of an accepted presentation that it kept every rule', async () => {
    const world = await World.create()
    const verifier = await startIn(world)

    const verdict = await verifier.verify(await world.present(await world.agentChain()), {
      action: 'mail.read',
    })

    expect(new Set(Object.values(await outcomesOf(verdict)))).toEqual(new Set(['passed']))
    expect(Object.keys(await outcomesOf(verdict))).toEqual(RULES.map(({ rule }) => rule))
  })

  it('names the rule that was broken, and those that were not reached', async () => {
    const world = await World.create()
    const verifier = await startIn(world)

    const verdict = await verifier.verify(await world.present(await world.agentChain()), {
      action: 'mail.purge',
    })

    expect(await outcomesOf(verdict)).toMatchObject({
      attenuation: 'passed',
      authorization: 'refused',
      trust: 'not_reached',
      signatures: 'not_reached',
    })
  })

  it('belongs to a verdict as it was returned: a copy is no verdict', async () => {
    const world = await World.create()
    const verifier = await startIn(world)
    const verdict = await verifier.verify(await world.present(await world.agentChain()), {
      action: 'mail.read',
    })

    expect(() => evidenceOf({ ...verdict })).toThrow(
      expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' }),
    )
    expect(evidenceOf(verdict).broken).toBeUndefined()
    expect(JSON.stringify(verdict)).not.toContain('eyJ')
  })
})
