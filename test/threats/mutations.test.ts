import { beforeAll, describe, expect, it } from 'vitest'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { mutatePart } from '../fuzz/mutate-part.ts'
import {
  chainSpecimen,
  documentSpecimen,
  type Parts,
  requestSpecimen,
  type Specimen,
  specimenChain,
  tokenSpecimen,
  uploadSpecimen,
} from '../fuzz/specimens.ts'
import { AUDIENCE, World } from '../helpers/world.ts'

/*
 * One change at a time to valid presentations of every mechanism and way of presenting: of one bit, one member, one
 * place. In requests, tokens and documents it is somebody in between who makes it; in chains it is the presenter, who
 * signs for the changed links.
 */

const CANONICAL =
  'JSON is signed in its canonical form, in which order of members and white space are nothing'
const LIST_OF_ONE = 'one proof, and a list of one proof, are the same set of proofs'
const NOT_SHOWN = 'the presenter need not show every entry: what is not shown grants nothing'

/** What may be done without ending a presentation, and why that is no harm. Nothing else may. */
const HARMLESS: ReadonlyMap<string, string> = new Map([
  ['chain, jcs: space behind', CANONICAL],
  ['chain, jcs: space within', CANONICAL],
  ['chain, jcs: swap members', CANONICAL],
  ['chain, jcs: retype /proof', LIST_OF_ONE],
  ['chain, rdfc: space behind', CANONICAL],
  ['chain, rdfc: space within', CANONICAL],
  ['chain, rdfc: swap members', CANONICAL],
  ['chain, rdfc: retype /proof', LIST_OF_ONE],
  [
    'chain, rdfc: swap entries /credentialStatus',
    'the statements of a graph have no order, and each entry names its purpose',
  ],
  ['chain, sd-jwt: drop disclosure', NOT_SHOWN],
  [
    'chain, sd-jwt: swap disclosure',
    'a disclosure takes the place of its digest, wherever it stands in the text',
  ],
  ['document, jcs: space in front', CANONICAL],
  ['document, jcs: space behind', CANONICAL],
  ['document, jcs: space within', CANONICAL],
  ['document, jcs: swap members', CANONICAL],
  ['document, jcs: retype /proof', LIST_OF_ONE],
])

/** What is judged as before, but for what the chain shows. */
const SHOWS_LESS = 'chain, sd-jwt: drop disclosure'

/** How dense the mutations are: each so-manieth position with one of its bits, each so-manieth change of a member; all others. */
interface Density {
  readonly bits: number
  readonly others: number
}

let world: World
const seen = new Set<string>()

beforeAll(async () => {
  world = await World.create('Ed25519', { seed: 'mutations' })
})

/** Remembers no proof, so that one presentation can be shown in a thousand forms. */
async function make(): Promise<Verifier> {
  const verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    bearer: ['mail.read'],
    rdfc: true,
    fetch: world.site.fetch,
    clock: world.clock,
    replay: { use: () => 'fresh' },
  })
  await verifier.sync()
  return verifier
}

/** Every so many mutations a verifier that has seen nothing is asked as well. */
const COLD_EVERY = 100

/** Shows mutations of every part. @returns How many, of which none but harmless ones were accepted. */
async function mutate(specimen: Specimen, density: Density): Promise<number> {
  const warm = await make()
  const control = await specimen.decide(warm, specimen.parts)
  expect(control.verified).toBe(true)
  let count = 0
  for (const { parts, label } of mutationsOf(specimen, density)) {
    const decision = await specimen.decide(warm, parts)
    count += 1
    if (count % COLD_EVERY === 0) expect(await specimen.decide(await make(), parts)).toEqual(decision)
    if (!decision.verified) continue
    expect([...HARMLESS.keys()]).toContain(label)
    if (label !== SHOWS_LESS) expect(decision).toEqual(control)
    seen.add(label)
  }
  return count
}

function* mutationsOf(
  specimen: Specimen,
  { bits, others }: Density,
): Generator<{ parts: Parts; label: string }> {
  const [way = ''] = specimen.name.split(' ')
  const position = { bit: 0, other: 0 }
  for (const [name, text] of Object.entries(specimen.parts)) {
    for (const { kind, where, text: changed } of mutatePart(text, 1)) {
      const skipped =
        kind === 'bit' ? position.bit++ % bits !== 0 : where !== '' && position.other++ % others !== 0
      if (skipped || changed === text) continue
      const place = kind === 'swap members' || where === '' ? '' : ` ${where}`
      yield {
        parts: { ...specimen.parts, [name]: changed },
        label: `${way}, ${formOf(name, text)}: ${kind}${place}`,
      }
    }
  }
}

function formOf(part: string, text: string): string {
  if (part !== 'document' && !part.startsWith('link')) return part
  const document = text.includes('-rdfc-') && part !== 'document' ? 'rdfc' : 'jcs'
  return text.startsWith('{') ? document : text.includes('~') ? 'sd-jwt' : 'jwt'
}

const MAKE = {
  chain: async (name: string) => chainSpecimen(name, world, await specimenChain(world, name)),
  request: async (name: string) => requestSpecimen(name, world, await specimenChain(world, name)),
  token: async (name: string) => tokenSpecimen(name, world, await specimenChain(world, name)),
  document: async (name: string) => documentSpecimen(name, world, await specimenChain(world, name)),
  upload: async (name: string) => uploadSpecimen(name, world, await specimenChain(world, name)),
}

describe('nothing that is changed verifies, unless it is listed as harmless', { timeout: 120_000 }, () => {
  it.each<[way: keyof typeof MAKE, name: string, density: Density, atLeast: number]>([
    ['request', 'jwt', { bits: 1, others: 4 }, 5000],
    ['request', 'sd-jwt', { bits: 8, others: 4 }, 900],
    ['request', 'jcs', { bits: 8, others: 1 }, 800],
    ['request', 'rdfc', { bits: 64, others: 1 }, 100],
    ['request', 'mixed', { bits: 8, others: 4 }, 900],
    ['token', 'jwt', { bits: 2, others: 8 }, 3000],
    ['token', 'sd-jwt', { bits: 32, others: 8 }, 300],
    ['token', 'jcs', { bits: 32, others: 16 }, 300],
    ['token', 'rdfc', { bits: 64, others: 32 }, 100],
    ['token', 'mixed', { bits: 32, others: 16 }, 300],
    ['document', 'jwt', { bits: 8, others: 1 }, 900],
    ['document', 'sd-jwt', { bits: 32, others: 4 }, 300],
    ['document', 'jcs', { bits: 32, others: 4 }, 500],
    ['document', 'rdfc', { bits: 64, others: 16 }, 100],
    ['document', 'mixed', { bits: 32, others: 8 }, 300],
    ['upload', 'jwt', { bits: 8, others: 1 }, 900],
    ['upload', 'mixed', { bits: 16, others: 1 }, 500],
    ['chain', 'jwt', { bits: 16, others: 2 }, 1000],
    ['chain', 'sd-jwt', { bits: 32, others: 3 }, 500],
    ['chain', 'jcs', { bits: 32, others: 1 }, 1000],
    ['chain', 'rdfc', { bits: 64, others: 1 }, 1000],
    ['chain', 'mixed', { bits: 32, others: 4 }, 500],
  ])('in a %s of %s', async (way, name, density, atLeast) => {
    const specimen = await MAKE[way](name)

    expect(await mutate(specimen, density)).toBeGreaterThan(atLeast)
  })

  it('in a request with a body', async () => {
    const body = new TextEncoder().encode('{"amount":"10.00"}')
    const specimen = await requestSpecimen('jwt', world, await specimenChain(world, 'jwt'), body)

    expect(await mutate(specimen, { bits: 16, others: 1 })).toBeGreaterThan(300)
  })

  it('in the order of the links, or their number', async () => {
    const verifier = await make()
    for (const name of ['jwt', 'sd-jwt', 'jcs', 'mixed']) {
      const [a = '', b = '', c = ''] = await specimenChain(world, name)
      const decide = (...links: readonly string[]) => {
        const specimen = chainSpecimen(name, world, links)
        return specimen.decide(verifier, specimen.parts)
      }
      for (const links of [
        [a, c, b],
        [b, a, c],
        [b, c, a],
        [c, a, b],
        [c, b, a],
        [a, b],
        [a, c],
        [b, c],
        [a, a, b, c],
        [a, b, b, c],
        [a, b, c, c],
        [a],
        [c],
      ])
        expect(await decide(...links)).toMatchObject({ verified: false })
      expect(await decide(a, b, c)).toMatchObject({ verified: true })
    }
  })

  it('and whatever is listed as harmless was met', () => {
    expect([...seen].sort()).toEqual([...HARMLESS.keys()].sort())
  })
})
