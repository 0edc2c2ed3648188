import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeBase64url } from '../../src/core/base64url.ts'
import { type JsonObject, parseStrictJson } from '../../src/core/json.ts'
import { openLink } from '../../src/delegation/open-link.ts'
import { parseDidDocument } from '../../src/did/parse-did-document.ts'
import type { TimeConstraint } from '../../src/model/constraints/constraint.ts'
import { zoneOffset } from '../../src/model/constraints/zone-offset.ts'
import type { Did } from '../../src/model/did.ts'
import { accept, refuse } from '../../src/refusal.ts'
import { signDataIntegrity } from '../../src/securing/data-integrity/sign.ts'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import { LinkCache } from '../../src/verifier/link-cache.ts'
import { documentOf } from '../helpers/did-documents.ts'
import { acceptedValue } from '../helpers/signers.ts'
import {
  AUDIENCE,
  codeOf,
  mailGrant,
  makePerson,
  makeWebPerson,
  type Person,
  readLink,
  World,
} from '../helpers/world.ts'

let world: World
let verifier: Verifier

beforeEach(async () => {
  world = await World.create()
  verifier = createVerifier({
    audience: AUDIENCE,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
  })
  await verifier.sync()
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const READ = { action: 'mail.read' }

/** Every day, all day, in a zone under some spelling. */
function always(zone: string): TimeConstraint {
  return { kind: 'time', days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440, zone }
}

/** One name in capitals and small letters as the bits of `n` say. */
function spelling(name: string, n: number): string {
  return [...name].map((letter, i) => ((n >> i) & 1 ? letter.toUpperCase() : letter.toLowerCase())).join('')
}

/** Counts how often the platform is asked for a zone, which is dear. */
function countLookUps(): { count: number } {
  const lookUps = { count: 0 }
  class Counting extends Intl.DateTimeFormat {
    constructor(...options: ConstructorParameters<typeof Intl.DateTimeFormat>) {
      super(...options)
      lookUps.count++
    }
  }
  vi.stubGlobal('Intl', { DateTimeFormat: Counting })
  return lookUps
}

describe('a stranger who names time zones', () => {
  /** Signed by nobody whom anybody trusts, so that nothing but cost is at stake. */
  async function strangersChain(zones: readonly string[]): Promise<string[]> {
    const stranger = await makePerson()
    const grants = Array.from({ length: Math.ceil(zones.length / 16) }, (_, i) =>
      mailGrant({ constraints: zones.slice(i * 16, i * 16 + 16).map(always) }),
    )
    const credential = world.ownerCredential({ issuer: stranger.did })
    const subject = { ...credential.subject, authorizationDetails: grants }
    const [, agent] = await world.agentChain({ authority: stranger.did })
    return [await world.sign({ ...credential, subject }, stranger.signer), agent]
  }

  it('does not make the platform look one up twice under other spellings', async () => {
    const zones = Array.from({ length: 24 }, (_, i) => spelling('antarctica/troll', 2 * i + 1))
    const tokens = await strangersChain(zones)
    const lookUps = countLookUps()

    const refused = await verifier.verify(await world.present(tokens), READ)

    expect(codeOf(refused)).toBe('untrusted_authority')
    expect(lookUps.count).toBeLessThanOrEqual(1)
  })

  it('does not crowd out the zones that others use', async () => {
    const usual = { authorizationDetails: [mailGrant({ constraints: [always('Europe/Berlin')] })] }
    const agents = await world.agentChain(usual)
    expect(codeOf(await verifier.verify(await world.present(agents), READ))).toBe('verified')
    for (let i = 0; i < 1100; i++) zoneOffset(`Mars/Crater-${i}`, world.now)
    const lookUps = countLookUps()

    expect(codeOf(await verifier.verify(await world.present(agents), READ))).toBe('verified')
    expect(lookUps.count).toBe(0)
  })
})

describe('members that all objects inherit', () => {
  const names = ['alg', 'kid', 'typ', 'inherit', 'exp', 'nbf', 'iat', 'iss', 'sub', 'proof']

  afterEach(() => {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name)
  })

  it('are none of a credential: what is good stays good, and what lacks them stays refused [CP-03]', async () => {
    const tokens = await world.agentChain()
    const unstated = tokens.with(
      1,
      await world.sign(world.agentCredential({ authorizationDetails: [] }), world.owner.signer),
    )
    const requests = [await world.present(tokens), await world.present(unstated)] as const
    for (const name of names)
      Object.defineProperty(Object.prototype, name, { value: true, configurable: true, writable: true })

    expect(codeOf(await verifier.verify(requests[0], READ))).toBe('verified')
    expect(codeOf(await verifier.verify(requests[1], READ))).toBe('not_authorized')
  })
})

describe('links that are remembered', () => {
  it('do not keep the headers alive out of which they were cut', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage: () => void = runInNewContext('gc')
    const [, token] = await world.agentChain()
    const unsigned = token.slice(0, token.lastIndexOf('.') + 1)
    const cache = new LinkCache([world.authority.did])
    const memo = cache.memoOf(world.authority.did)
    collectGarbage()
    const before = process.memoryUsage().heapUsed

    for (let i = 0; i < 200; i++) {
      const other = unsigned + encodeBase64url(new Uint8Array(64).fill(i))
      const header = Buffer.alloc(100_000, `"${other}", `).toString('latin1')
      memo.remember(acceptedValue(await cache.parse(header.slice(1, other.length + 1))), 'key')
    }

    collectGarbage()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000)
    const last = acceptedValue(await cache.parse(unsigned + encodeBase64url(new Uint8Array(64).fill(199))))
    expect(memo.isVerified(last, 'key')).toBe(true)
    expect(memo.isVerified(last, 'another key')).toBe(false)
  })
})

describe('a credential under two keys of an authority', () => {
  it('is not remembered past the day that one of them is taken from its DID document [SM-19]', async () => {
    const did: Did = 'did:web:id.example'
    const [first, second] = [await makeWebPerson(did, 'key-1'), await makeWebPerson(did, 'key-2')]
    const once = parseStrictJson(
      await world.sign({ ...world.ownerCredential(), issuer: did }, first.signer, 'eddsa-jcs-2022'),
    ) as JsonObject
    const link = await readLink(
      JSON.stringify(
        await signDataIntegrity({
          document: once,
          cryptosuite: 'eddsa-jcs-2022',
          signer: second.signer,
        }),
      ),
    )
    const memo = new LinkCache([did]).memoOf(did)
    const openUnder = async (...people: Person[]) => {
      const signers = people.map(({ signer }) => signer)
      const document = parseDidDocument(documentOf(did, signers) as JsonObject, did, 0)
      const resolver = { resolve: () => (document === undefined ? refuse('malformed') : accept(document)) }
      return (await openLink(link, { resolver, memo })).verified
    }

    expect(await openUnder(first, second)).toBe(true)
    expect(await openUnder(first)).toBe(false)
    expect(await openUnder(second)).toBe(false)
    expect(await openUnder(first, second)).toBe(true)
  })
})
