import { beforeAll, describe, expect, it } from 'vitest'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import { type Evidence, evidenceOf } from '../../src/verifier/evidence.ts'
import { factsOf } from '../../src/verifier/explain-facts.ts'
import { completeRefusal } from '../../src/verifier/verdict.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

const REFUSAL = completeRefusal({ code: 'expired' }, false)

/** Of an accepted request of a service that takes one tenant. */
let evidence: Evidence
/** Of a request that could not be read. */
let unread: Evidence

beforeAll(async () => {
  const world = await World.create()
  const { clock, site } = world
  const trust = [{ ...world.trust, tenants: ['acme'] }]
  const freshness = { '*': 'sensitive' } as const
  const verifier = createVerifier({ audience: AUDIENCE, trust, freshness, fetch: site.fetch, clock })
  await verifier.sync()
  const request = await world.present(await world.agentChain())
  evidence = evidenceOf(await verifier.verify(request, { action: 'mail.read' }))
  const { presentation: _, ...others } = evidence
  unread = others
})

describe('the facts of a rule', () => {
  it('have of a refusal what it says, and nothing that it does not', () => {
    const said = { ...REFUSAL, link: 1, dimension: 'validUntil', inherited: true as const }

    expect(factsOf('tenant', 'passed', evidence)).toStrictEqual({ tenantsListed: 1 })
    expect(factsOf('tenant', 'refused', { ...evidence, refusal: REFUSAL })).toStrictEqual({
      code: 'expired',
      tenantsListed: 1,
    })
    expect(factsOf('tenant', 'refused', { ...evidence, refusal: said })).toStrictEqual({
      code: 'expired',
      link: 1,
      dimension: 'validUntil',
      inherited: true,
      tenantsListed: 1,
    })
  })

  it('are none of a chain that could not be read', () => {
    for (const rule of ['limits', 'form', 'presentation-use'] as const) {
      expect(factsOf(rule, 'passed', unread)).toStrictEqual({})
      expect(factsOf(rule, 'passed', evidence)).not.toStrictEqual({})
    }
    expect(factsOf('tenant', 'passed', unread)).toStrictEqual({ tenantsListed: 'any' })
    expect(factsOf('validity', 'passed', unread)).toStrictEqual({ skewSeconds: 30 })
  })

  it('speak of any action where none is asked', () => {
    const asked = { ...evidence, question: { ask: undefined, target: '/' } }

    expect(factsOf('authorization', 'passed', evidence)).toStrictEqual({ action: 'mail.read' })
    expect(factsOf('authorization', 'passed', asked)).toStrictEqual({ action: '*' })
  })

  it('say whether something was reserved', () => {
    const { accepted } = evidence
    if (accepted === undefined) throw new Error('the sample is refused')
    const reservation = { release: async () => undefined }

    expect(factsOf('usage', 'passed', evidence)).toStrictEqual({ reserved: false })
    expect(factsOf('usage', 'passed', { ...evidence, accepted: { ...accepted, reservation } })).toStrictEqual(
      { reserved: true },
    )
  })

  it('have the end of the link at fault only where its time was at fault', () => {
    const ends = { skewSeconds: 30, endsInSeconds: 23 * 3600 }
    const refusal = { ...REFUSAL, link: 0 }

    expect(factsOf('validity', 'passed', evidence)).toStrictEqual(ends)
    expect(factsOf('validity', 'passed', { ...evidence, broken: 'tenant', refusal })).toStrictEqual(ends)
    expect(factsOf('validity', 'passed', { ...evidence, broken: 'validity' })).toStrictEqual(ends)
    expect(
      factsOf('validity', 'passed', { ...evidence, broken: 'validity', refusal: REFUSAL }),
    ).toStrictEqual(ends)
    expect(factsOf('validity', 'passed', { ...evidence, broken: 'validity', refusal })).toStrictEqual({
      skewSeconds: 30,
      endedSecondsAgo: -720 * 3600,
    })
  })

  it('have the end of the very link at fault', () => {
    const refusal = { ...REFUSAL, link: 1 }

    expect(factsOf('validity', 'passed', { ...evidence, broken: 'validity', refusal })).toStrictEqual({
      skewSeconds: 30,
      endedSecondsAgo: -23 * 3600,
    })
  })

  it('have the age of the status only where some was read', () => {
    const { accepted: _, ...refused } = evidence
    const { view: __, ...blind } = refused
    const refusal = { ...REFUSAL, link: 0 }
    const allowed = { tier: 'sensitive', maxAgeSeconds: 300 }
    const aged = { ...allowed, ageSeconds: 0 }
    const facts = (given: Evidence) => factsOf('freshness', 'passed', given)

    expect(facts(evidence)).toStrictEqual(aged)
    expect(facts({ ...refused, refusal })).toStrictEqual(aged)
    expect(facts(refused)).toStrictEqual(allowed)
    expect(facts({ ...refused, refusal: REFUSAL })).toStrictEqual(allowed)
    expect(facts({ ...blind, refusal })).toStrictEqual(allowed)
    const { accepted: ___, ...unreadRefused } = unread
    expect(facts({ ...unreadRefused, refusal })).toStrictEqual(allowed)
  })
})
