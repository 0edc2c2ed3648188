import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attenuate } from '../../src/delegation/attenuation.ts'
import { authorize } from '../../src/delegation/authorize.ts'
import type { Grant } from '../../src/model/grant.ts'
import { anyGrant } from '../helpers/arbitraries.ts'
import { drawing, drawNarrower, drawOther, drawRequestFor } from '../helpers/trees.ts'

const anyGrants = fc.array(anyGrant, { minLength: 1, maxLength: 3 })

/** The child's entries with what they inherit; `undefined` when it escalates. */
function effective(parent: readonly Grant[], child: readonly Grant[]): readonly Grant[] | undefined {
  const verdict = attenuate(parent, child)
  return verdict.verified ? verdict.value : undefined
}

describe('attenuate', () => {
  it('is reflexive', () => {
    fc.assert(
      fc.property(anyGrants, (grants) => {
        expect(effective(grants, grants)).toBeDefined()
      }),
    )
  })

  it('accepts every part of what the parent holds', () => {
    fc.assert(
      fc.property(anyGrants, fc.gen(), (parent, draw) => {
        expect(effective(parent, drawNarrower(draw, parent))).toBeDefined()
      }),
      drawing(300),
    )
  })

  it('is transitive: what passes link by link passes at once', () => {
    let seen = 0

    fc.assert(
      fc.property(anyGrants, fc.gen(), (grandparent, draw) => {
        const parent = effective(grandparent, drawOther(draw, grandparent))
        if (parent === undefined) return
        const child = drawOther(draw, parent)
        if (effective(parent, child) === undefined) return
        seen += child.length

        expect(effective(grandparent, child)).toBeDefined()
      }),
      drawing(1000),
    )
    expect(seen, 'grandchildren that passed').toBeGreaterThan(30)
  })

  it('is sound: what the child allows with its inherited limits, child and parent allow', () => {
    let seen = 0

    fc.assert(
      fc.property(anyGrants, fc.gen(), (parent, draw) => {
        const child = drawOther(draw, parent)
        const limited = effective(parent, child) ?? []
        const request = drawRequestFor(draw, child)
        if (!authorize(limited, request).verified) return
        seen++
        expect(authorize(child, request).verified).toBe(true)
        expect(authorize(parent, request).verified).toBe(true)
      }),
      drawing(2000),
    )
    expect(seen, 'requests that the child allows').toBeGreaterThan(30)
  })

  it('refuses an action or an origin that no entry of the parent names', () => {
    fc.assert(
      fc.property(anyGrants, anyGrant, (parent, grant) => {
        const action = { ...grant, actions: [...grant.actions, 'admin.all'] }
        const origin = {
          ...grant,
          locations: [...grant.locations, { origin: 'https://evil.example', path: '/' }],
        }

        expect(attenuate(parent, [action])).toMatchObject({ refusal: { code: 'capability_escalated' } })
        expect(attenuate(parent, [origin])).toMatchObject({ refusal: { code: 'capability_escalated' } })
      }),
    )
  })
})
