import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attenuate } from '../../src/delegation/attenuation.ts'
import { authorize } from '../../src/delegation/authorize.ts'
import { joinChain } from '../../src/delegation/join-chain.ts'
import { authorizeRequest, checkAttenuation, checkValidity } from '../../src/delegation/verify-chain.ts'
import type { AccessRequest } from '../../src/model/access-request.ts'
import type { ParsedChain, ParsedLink } from '../../src/model/chain.ts'
import { START } from '../helpers/credentials.ts'
import { type Draw, drawing, drawRequestFor, drawTree } from '../helpers/trees.ts'

function chainOf(path: readonly ParsedLink[]): ParsedChain {
  const joined = joinChain(path)
  if (!joined.verified) throw new Error(`a path does not join: ${JSON.stringify(joined.refusal)}`)
  return joined.value
}

/** A few requests that the last link of a path might allow. */
function requestsFor(draw: Draw, path: readonly ParsedLink[]): readonly AccessRequest[] {
  const grants = path.slice(-1).flatMap(grantsOf)
  return [1, 2, 3].map(() => drawRequestFor(draw, grants))
}

function grantsOf({ credential }: ParsedLink) {
  const { authorizationDetails } = credential.subject
  return authorizationDetails === 'inherit' ? [] : authorizationDetails
}

describe('a tree of delegations', () => {
  it('has a valid chain to every node', () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        for (const path of drawTree(draw).paths) {
          const chain = chainOf(path)

          expect(checkValidity(chain, START, 0).verified).toBe(true)
          expect(checkAttenuation(chain)).toMatchObject({ verified: true })
        }
      }),
      drawing(60),
    )
  })

  it('allows at a node only what every link above allows, so nothing beyond its root', () => {
    let seen = 0

    fc.assert(
      fc.property(fc.gen(), (draw) => {
        for (const path of drawTree(draw).paths)
          for (const request of requestsFor(draw, path)) {
            if (!authorizeRequest(chainOf(path), request).verified) continue
            seen++
            for (const link of path) expect(authorize(grantsOf(link), request).verified).toBe(true)
          }
      }),
      drawing(60),
    )
    expect(seen, 'requests that a chain allows').toBeGreaterThan(30)
  })

  it('allows at a node no more than at its parent', () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        for (const path of drawTree(draw).paths.filter((one) => one.length > 1))
          for (const request of requestsFor(draw, path)) {
            const here = authorizeRequest(chainOf(path), request).verified
            const above = authorizeRequest(chainOf(path.slice(0, -1)), request).verified

            expect(here && !above).toBe(false)
          }
      }),
      drawing(60),
    )
  })

  it('has depths that strictly fall, and nothing below depth 0 [DC-16]', () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        for (const path of drawTree(draw).paths) {
          const depths = path
            .slice(1)
            .map(({ credential: { subject } }) => ('maxDepth' in subject ? subject.maxDepth : 0))

          for (const [i, depth] of depths.entries()) if (i > 0) expect(depth).toBeLessThan(depths[i - 1] ?? 0)
          expect(depths.length).toBeLessThanOrEqual((depths[0] ?? 0) + 1)
        }
      }),
      drawing(60),
    )
  })

  it('gives every delegation an index of its own', () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        const indexes = drawTree(draw).paths.map((path) => path.at(-1)?.credential.status?.index)

        expect(new Set(indexes).size).toBe(indexes.length)
      }),
      drawing(60),
    )
  })

  it('has no node that joins under another than its parent [DC-13]', () => {
    let seen = 0

    fc.assert(
      fc.property(fc.gen(), (draw) => {
        const { paths } = drawTree(draw)
        for (const path of paths.filter((one) => one.length > 2))
          for (const other of paths) {
            const leaf = path.at(-1)
            if (leaf === undefined || other.at(-1) === path.at(-2)) continue
            seen++
            expect(joinChain([...other, leaf])).toMatchObject({
              refusal: { code: 'chain_broken', link: other.length },
            })
          }
      }),
      drawing(60),
    )
    expect(seen, 'nodes moved').toBeGreaterThan(50)
  })

  it('has no node that regains from a sibling what its parent does not hold [DC-03]', () => {
    let seen = 0

    fc.assert(
      fc.property(fc.gen(), (draw) => {
        const { paths } = drawTree(draw)
        for (const path of paths.filter((one) => one.length > 2))
          for (const other of paths.filter((one) => one.length > 1)) {
            const [leaf, parent, donor] = [path.at(-1), path.at(-2), other.at(-1)]
            if (leaf === undefined || parent === undefined || donor === undefined) continue
            const { credential } = leaf
            const subject = { ...credential.subject, authorizationDetails: grantsOf(donor) }
            const greedy = chainOf([
              ...path.slice(0, -1),
              { ...leaf, credential: { ...credential, subject } as never },
            ])
            const gains = requestsFor(draw, other).some(
              (one) => authorizeRequest(greedy, one).verified && !authorize(grantsOf(parent), one).verified,
            )

            expect(gains).toBe(false)
            if (attenuate(grantsOf(parent), grantsOf(donor)).verified) continue
            seen++
            expect(checkAttenuation(greedy)).toMatchObject({
              refusal: { code: 'capability_escalated', link: path.length - 1 },
            })
          }
      }),
      drawing(60),
    )
    expect(seen, 'nodes that tried').toBeGreaterThan(20)
  })
})
