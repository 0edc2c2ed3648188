import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePublicJwk } from '../../../src/core/crypto/public-jwk.ts'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import { parseVcSdJwt } from '../../../src/securing/sd-jwt/parse-vc-sd-jwt.ts'
import { readSdJwt } from '../../../src/securing/sd-jwt/read-sd-jwt.ts'
import { type DisclosureFrame, signSdJwt, signVcSdJwt } from '../../../src/securing/sd-jwt/sign.ts'
import { presentSdJwt } from '../../../src/securing/sd-jwt/sign-key-binding.ts'
import { verifySdJwt } from '../../../src/securing/sd-jwt/verify.ts'
import { runJson } from '../../helpers/credentials.ts'
import { acceptedValue, alice, bob } from '../../helpers/signers.ts'
import { issueWithLibrary, readWithLibrary, verifyWithLibrary } from './oracle.ts'
import { AGENT_SIGNER, countingRandom, disclosureOf, handMade, hidden, READ, SEND } from './samples.ts'

const TYP = 'example+sd-jwt'

/** A value and what of it can be hidden. */
interface Framed {
  readonly value: Json
  readonly frame?: DisclosureFrame
}

type Part = Framed & { readonly isHidden: boolean }

function framedObject(parts: Readonly<Record<string, Part>>): Framed & { readonly value: JsonObject } {
  const entries = Object.entries(parts)
  const names = entries.filter(([, { isHidden }]) => isHidden).map(([name]) => name)
  const inner = entries.flatMap(([name, { frame }]) => (frame === undefined ? [] : [[name, frame]]))
  return {
    value: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
    frame: { ...(names.length > 0 && { _sd: names }), ...Object.fromEntries(inner) },
  }
}

function framedArray(parts: readonly Part[]): Framed {
  const { frame = {} } = framedObject(Object.fromEntries(parts.entries()))
  const positions = parts.flatMap(({ isHidden }, position) => (isHidden ? [position] : []))
  return {
    value: parts.map(({ value }) => value),
    frame: { ...frame, ...(positions.length > 0 && { _sd: positions }) },
  }
}

const leaf: fc.Arbitrary<Framed> = fc
  .oneof(fc.string({ maxLength: 4 }), fc.integer(), fc.boolean(), fc.constant(null))
  .map((value) => ({ value }))

const { members } = fc.letrec<{ part: Part; object: Framed; array: Framed; members: Record<string, Part> }>(
  (tie) => ({
    part: fc
      .tuple(fc.oneof({ maxDepth: 3 }, leaf, tie('object'), tie('array')), fc.boolean())
      .map(([framed, isHidden]) => ({ ...framed, isHidden })),
    members: fc.dictionary(fc.constantFrom('a', 'b', 'ä', 'e.f'), tie('part'), { maxKeys: 4 }),
    object: tie('members').map(framedObject),
    array: fc.array(tie('part'), { maxLength: 3 }).map(framedArray),
  }),
)

const documents = members.map(framedObject).filter(({ frame }) => frame !== undefined)

/** Changes to the text of an SD-JWT that anybody can make. */
const changes = fc.oneof(
  fc.record({ kind: fc.constantFrom('drop', 'repeat', 'move'), at: fc.nat(), to: fc.nat() }),
  fc.record({ kind: fc.constantFrom('flip', 'cut'), at: fc.nat(), to: fc.nat() }),
)

function change(token: string, { kind, at, to }: { kind: string; at: number; to: number }): string {
  const [jws = '', ...rest] = token.split('~')
  const disclosures = rest.slice(0, -1)
  const picked = disclosures.splice(at % (disclosures.length + 1), 1)
  if (kind === 'drop') return [jws, ...disclosures, ''].join('~')
  if (kind === 'flip')
    return (
      token.slice(0, at % token.length) +
      String.fromCharCode(33 + (to % 90)) +
      token.slice((at % token.length) + 1)
    )
  if (kind === 'cut') return token.slice(0, at % token.length)
  disclosures.splice(to % (disclosures.length + 1), 0, ...picked, ...(kind === 'repeat' ? picked : []))
  return [jws, ...disclosures, ''].join('~')
}

/** The token with these of its disclosures, by a bit each. */
function narrowed(token: string, bits: number): string {
  const [jws = '', ...disclosures] = token.split('~').slice(0, -1)
  return [jws, ...disclosures.filter((_, i) => (bits >> i) & 1), ''].join('~')
}

const sign = ({ value, frame = {} }: Framed & { readonly value: JsonObject }) =>
  signSdJwt({ typ: TYP, payload: value, frame, signer: alice, random: countingRandom() })

describe('SD-JWTs and another implementation', () => {
  it('agree on what we sign, however much of it is shown', async () => {
    let read = 0
    await fc.assert(
      fc.asyncProperty(documents, fc.nat(), async (document, bits) => {
        const token = await sign(document)
        expect(await readWithLibrary(token)).toEqual(document.value)
        const shown = readSdJwt(narrowed(token, bits), TYP)
        if (!shown.verified) return
        expect(await readWithLibrary(narrowed(token, bits))).toEqual(shown.value.payload)
        read++
      }),
      { numRuns: 200 },
    )
    expect(read).toBeGreaterThan(50)
  })

  it('agree on what it signs, decoys included', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.nat(3), async ({ value, frame }, decoys) => {
        const token = await issueWithLibrary(
          { payload: value, frame: { ...frame, _sd_decoy: decoys }, header: { kid: alice.keyId, typ: TYP } },
          alice,
        )

        expect(acceptedValue(readSdJwt(token, TYP)).payload).toEqual(value)
      }),
      { numRuns: 100 },
    )
  })

  it('agree wherever we accept a text that was changed; it accepts many more', async () => {
    const seen = { accepted: 0, refused: 0, forgiven: 0 }
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.array(changes, { minLength: 1, maxLength: 2 }),
        async (document, made) => {
          const token = made.reduce(change, await sign(document))
          const ours = readSdJwt(token, TYP)
          const theirs = await readWithLibrary(token)
          if (ours.verified) {
            expect(theirs).toEqual(ours.value.payload)
            seen.accepted++
          } else {
            seen.refused++
            if (theirs !== undefined) seen.forgiven++
          }
        },
      ),
      { numRuns: 300 },
    )
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(10)
  })

  it('are read without throwing, whatever the text', async () => {
    const token = await sign({ value: { a: 1, b: [2] }, frame: { _sd: ['a'], b: { _sd: [0] } } })
    const mutated = fc
      .array(changes, { minLength: 1, maxLength: 4 })
      .map((made) => made.reduce(change, token))
    const disclosed = fc.json().map((json) => `${token}${Buffer.from(json).toString('base64url')}~`)
    const options = { typ: TYP, issuer: { key: alice.publicKey }, now: 0 }
    const request = { nonce: 'n', audience: 'a' }

    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), mutated, disclosed), async (text) => {
        expect(typeof parseVcSdJwt(text).verified).toBe('boolean')
        expect(typeof (await verifySdJwt(text, { ...options, keyBinding: request })).verified).toBe('boolean')
      }),
      { numRuns: 300 },
    )
  })

  it('agree on a credential of a chain', async () => {
    const payload = runJson({ authorizationDetails: [READ, SEND] })
    const token = await signVcSdJwt({ payload, signer: AGENT_SIGNER, random: countingRandom() })

    expect(await readWithLibrary(token)).toEqual(payload)
    expect(parseVcSdJwt(token).verified).toBe(true)
  })

  it('agree on a key binding', async () => {
    const payload = { iss: 'https://issuer.example', cnf: { jwk: encodePublicJwk(bob.publicKey) }, name: 'é' }
    const token = await sign({ value: payload, frame: { _sd: ['name'] } })
    const request = { nonce: 'nonce-1', audience: 'https://verifier.example' }
    const presented = await presentSdJwt({ token, typ: TYP, request, signer: bob, now: 1_800_000_000_000 })

    expect(await verifyWithLibrary(presented, 'nonce-1', 1_800_000_000)).toEqual(payload)
    await expect(verifyWithLibrary(presented, 'nonce-2', 1_800_000_000)).rejects.toThrow(/Nonce/)
  })
})

describe('what the other implementation forgives', () => {
  const claims = { iss: 'https://issuer.example', sub: 'user_42' }
  const overwriting = disclosureOf(['s', 'iss', 'https://evil.example'])
  const named = (name: string) => disclosureOf(['s', name, 1])
  const element = disclosureOf(['s', 'US'])
  const digestOf = (text: string) => hidden(text)['...'] ?? ''

  it.each<[string, JsonObject, string[]]>([
    ['a disclosure that nothing asks for', {}, [element]],
    ['a disclosure twice', { list: [hidden(element)] }, [element, element]],
    ['a digest twice', { list: [hidden(element), hidden(element)] }, [element]],
    ['a disclosure over a claim', { _sd: [digestOf(overwriting)] }, [overwriting]],
    ['a reserved name', { _sd: [digestOf(named('...'))] }, [named('...')]],
    ['a member where an element is asked for', { list: [hidden(overwriting)] }, [overwriting]],
    ['an element where a member is asked for', { _sd: [digestOf(element)] }, [element]],
  ])('is refused by us: %s [SM-25]', async (_, extra, disclosures) => {
    const token = await handMade({ ...claims, ...extra }, disclosures, { typ: TYP, signer: alice })

    expect(await readWithLibrary(token)).toBeDefined()
    expect(readSdJwt(token, TYP)).toMatchObject({ refusal: { code: 'malformed', dimension: 'disclosures' } })
  })
})
