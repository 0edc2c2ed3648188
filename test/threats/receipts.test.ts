import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_DATE_TIME_MS } from '../../src/core/date-time.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts'
import { AGENT_DELEGATION_PROFILE } from '../../src/securing/http-signature/profile.ts'
import { recordProof } from '../../src/securing/http-signature/recorded-proof.ts'
import { VP_JWT_TYPE } from '../../src/securing/vc-jose/presentation.ts'
import { HEAD_TYP } from '../../src/status/head.ts'
import { RECEIPT_TYPE } from '../../src/verifier/receipt/receipt.ts'
import { mutateJson } from '../fuzz/mutate-json.ts'
import {
  claimsIn,
  judged,
  makeProvider,
  type Provider,
  receiptFor,
  signClaims,
  signText,
} from '../helpers/receipts.ts'
import { makePerson, NOW, requestOf, World } from '../helpers/world.ts'

const READ = { action: 'mail.read', identifier: 'inbox/support', arguments: { to: 'ada' } }

let world: World
let provider: Provider
let chain: readonly string[]
let receipt: string
let tokenReceipt: string

beforeAll(async () => {
  world = await World.create()
  provider = await makeProvider(world)
  chain = await world.agentChain()
  const body = new TextEncoder().encode('{}')
  const request = await world.present(chain, { method: 'POST', body })
  receipt = await receiptFor(await provider.verifier.verify(request, READ), provider)
  const token = await provider.verifier.verifyToken(await world.token(chain), READ)
  tokenReceipt = await receiptFor(token, provider)
})

type Path = readonly (string | number)[]

/** Every value of a document that holds no others, by where it stands. */
function leaves(json: Json, at: Path = []): readonly Path[] {
  if (isJsonArray(json)) return json.flatMap((item, i) => leaves(item, [...at, i]))
  if (isJsonObject(json)) return Object.entries(json).flatMap(([name, value]) => leaves(value, [...at, name]))
  return [at]
}

function changeAt(json: Json, [step, ...rest]: Path, change: (value: Json) => Json | undefined): Json {
  if (step === undefined) throw new Error('there is nothing to change')
  const copy = (isJsonArray(json) ? [...json] : { ...(json as JsonObject) }) as Record<string, Json>
  const value = copy[step] as Json
  const changed = rest.length === 0 ? change(value) : changeAt(value, rest, change)
  if (changed === undefined) delete copy[step]
  else copy[step] = changed
  return copy
}

function other(value: Json): Json {
  if (typeof value === 'number') return value + 1
  if (typeof value !== 'string') return value !== true
  // In the middle: what is changed may then still have the right form.
  const at = Math.floor(value.length / 2)
  const letter = value.charAt(at) === 'A' ? 'B' : 'A'
  return value.slice(0, at) + letter + value.slice(at + 1)
}

/** What is the service provider's word alone: it may say something else, and only its own key can sign that. */
const STATED =
  /^(iatMs|ask\.(identifier|argumentsDigest)|status\.head\.\w+|status\.lists\.\d\.(version|digest|asOfMs)|policyDigest)$/

/** Members have no order, lists of status have none; what was asked is stated as far as it is said; so is the head. */
const HARMLESS: readonly string[] = [
  'drop /ask/argumentsDigest',
  'drop /ask/identifier',
  'drop /status/head',
  'swap entries /status/lists',
  'swap members',
]

async function outcomesOf(change: (value: Json) => Json | undefined): Promise<ReadonlyMap<string, string>> {
  const claims = claimsIn(receipt)
  const outcomes = new Map<string, string>()
  for (const path of leaves(claims)) {
    const lie = changeAt(claims, path, change) as JsonObject
    outcomes.set(path.join('.'), await judged(await signClaims(lie, provider), provider))
  }
  return outcomes
}

describe('a receipt that somebody changes', () => {
  it('is refused, whichever character it is [RC-01]', async () => {
    const outcomes = new Set<string>()
    for (let at = 0; at < receipt.length; at++) {
      const letter = receipt.charAt(at) === 'A' ? 'B' : 'A'
      outcomes.add(await judged(receipt.slice(0, at) + letter + receipt.slice(at + 1), provider))
    }

    expect(await judged(receipt, provider)).toBe('accepted')
    expect(outcomes).not.toContain('accepted')
    expect(outcomes.size).toBeGreaterThan(3)
  }, 60_000)

  it('is refused when it is cut, continued or no text at all', async () => {
    const others = [
      receipt.slice(0, -1),
      `${receipt}.`,
      `${receipt}\n`,
      ` ${receipt}`,
      '',
      {},
      null,
      7,
      '..',
      '{}',
    ]

    for (const text of others) expect(await judged(text, provider)).not.toContain('accepted')
    expect(await judged(receipt, provider)).toBe('accepted')
  })
})

describe('a service provider who lies', () => {
  it('cannot change what others signed: only what is its own word anyway [RC-01]', async () => {
    const outcomes = await outcomesOf(other)
    const passed = [...outcomes].filter(([, said]) => said === 'accepted').map(([path]) => path)

    expect(passed.filter((path) => !STATED.test(path))).toEqual([])
    expect(outcomes.size).toBeGreaterThan(20)
    expect(outcomes.get('chain.0')).toMatch(/^malformed chainDigest$/)
    expect(outcomes.get('presented.signature')).toBe('holder_proof_invalid signature')
    expect(outcomes.get('presented.signatureBase')).toMatch(/^chain_broken|^holder_proof_invalid/)
    expect(outcomes.get('target')).toBe('holder_proof_invalid @target-uri')
    expect(outcomes.get('aud')).toMatch(/^malformed aud|^holder_proof_invalid/)
  })

  it('cannot leave a member out', async () => {
    const outcomes = await outcomesOf(() => undefined)
    const passed = [...outcomes].filter(([, said]) => said === 'accepted').map(([path]) => path)

    expect(passed).toEqual(['ask.identifier', 'ask.argumentsDigest'])
  })

  it.each<[string, (claims: JsonObject) => JsonObject]>([
    ['a member more', (claims) => ({ ...claims, note: 'x' })],
    ['a member more in the ask', (claims) => ({ ...claims, ask: { ...(claims.ask as JsonObject), x: 1 } })],
    [
      'a member more of the head',
      (claims) => changeAt(claims, ['status', 'head', 'x'], () => 1) as JsonObject,
    ],
    ['an outcome of both kinds', (claims) => ({ ...claims, outcome: { verified: true, code: 'revoked' } })],
    ['no outcome', (claims) => ({ ...claims, outcome: {} })],
    ['a refusal that does not exist', (claims) => ({ ...claims, outcome: { verified: false, code: 'x' } })],
    ['a key of the authority that is none', (claims) => ({ ...claims, authorityKey: { kty: 'OKP' } })],
    [
      'a list twice',
      (claims) => changeAt(claims, ['status', 'lists', 1], () => listOf(claims, 0)) as JsonObject,
    ],
    ['a time that is no number', (claims) => ({ ...claims, iatMs: '1' })],
    [
      'text of its own in a refusal',
      (claims) => ({ ...claims, outcome: { verified: false, code: 'revoked', dimension: 'see http://x' } }),
    ],
  ])('cannot add %s', async (_, change) => {
    const lie = await judged(await signClaims(change(claimsIn(receipt)), provider), provider)

    expect(lie).toMatch(/^(malformed|status_missing|status_invalid)/)
    expect(await judged(await signClaims(claimsIn(receipt), provider), provider)).toBe('accepted')
  })

  it('cannot move it to a time at which the proof, a link or the status was not good', async () => {
    const claims = claimsIn(receipt)
    const at = async (iatMs: number) => judged(await signClaims({ ...claims, iatMs }, provider), provider)

    expect(await at(NOW + 89_000)).toBe('accepted')
    expect(await at(NOW + 91_000)).toBe('holder_proof_invalid expires')
    expect(await at(NOW - 31_000)).toBe('holder_proof_invalid created')
    const early = changeAt(claims, ['status', 'lists', 0, 'asOfMs'], () => NOW + 31_000) as JsonObject
    expect(await judged(await signClaims(early, provider), provider)).toBe('status_invalid asOfMs')
  })

  it('cannot say that it accepted what the chain does not grant, or without status', async () => {
    const claims = claimsIn(receipt)
    const asked = { ...claims, ask: { action: 'mail.delete' } }
    const blind = { ...claims, status: { lists: [] } }

    expect(await judged(await signClaims(asked, provider), provider)).toBe('not_authorized actions')
    expect(await judged(await signClaims(blind, provider), provider)).toBe('status_missing')
  })

  it('cannot put a request beside a chain that was not presented with it', async () => {
    const others = await world.agentChain({}, { id: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' })
    const request = await world.present(others)
    const another = claimsIn(await receiptFor(await provider.verifier.verify(request, READ), provider))
    const claims = claimsIn(receipt)
    const mixed = { ...claims, chain: another.chain as Json, chainDigest: another.chainDigest as Json }

    expect(await judged(await signClaims(mixed, provider), provider)).toBe('chain_broken agent-delegation')
    const swapped = { ...claimsIn(tokenReceipt), chain: mixed.chain, chainDigest: mixed.chainDigest }
    expect(await judged(await signClaims(swapped, provider), provider)).toBe('chain_broken token')
    expect(await judged(await signClaims(claims, provider), provider)).toBe('accepted')
  })

  it('cannot make a presentation up: the presenter has to have signed [RC-01]', async () => {
    const eve = await makePerson()
    const token = await world.token(chain, { signer: eve.signer })
    const late = { ...claimsIn(tokenReceipt), iatMs: NOW + 400_000 }
    const forged = { ...claimsIn(tokenReceipt), presented: { type: 'token', token } }
    const elsewhere = { ...claimsIn(tokenReceipt), aud: 'https://evil.example/' }

    expect(await judged(await signClaims(forged, provider), provider)).toBe('holder_proof_invalid iss')
    expect(await judged(await signClaims(late, provider), provider)).toBe('holder_proof_invalid exp')
    expect(await judged(await signClaims(elsewhere, provider), provider)).toBe('audience_mismatch aud')
    expect(await judged(tokenReceipt, provider)).toBe('accepted')
  })

  it('cannot take the signature of another key, nor a token that is changed or none', async () => {
    const claims = claimsIn(receipt)
    const request = await world.present(chain, { method: 'POST', signer: world.subAgent.signer })
    const foreign = recordProof(request, {
      profile: AGENT_DELEGATION_PROFILE,
      origin: 'https://mail.example',
    })
    const signature = Buffer.from(foreign?.signature ?? []).toString('base64url')
    const presented = { type: 'request', signatureBase: foreign?.signatureBase ?? '', signature }
    const { token = '' } = claimsIn(tokenReceipt).presented as { readonly token?: string }
    const say = async (lie: JsonObject) => judged(await signClaims(lie, provider), provider)
    const sayToken = (text: string) =>
      say({ ...claimsIn(tokenReceipt), presented: { type: 'token', token: text } })
    const [head, payload] = token.split('.')

    expect(await say({ ...claims, presented })).toBe('holder_proof_invalid keyid')
    expect(await sayToken(`${head}.${payload}.${'A'.repeat(86)}`)).toBe('holder_proof_invalid signature')
    expect(await sayToken('x')).toBe('malformed token')
    expect(await sayToken(token)).toBe('accepted')
  })

  it('cannot refer to a chain that is not there', async () => {
    const long = await world.longChain()
    await provider.verifier.upload(await world.upload(long))
    const referring = await receiptFor(
      await provider.verifier.verify(await world.refer(long), READ),
      provider,
    )
    const { chain: texts, chainDigest } = claimsIn(receipt)
    const lie = { ...claimsIn(referring), chain: texts as Json, chainDigest: chainDigest as Json }

    expect(await judged(referring, provider)).toBe('accepted')
    expect(await judged(await signClaims(lie, provider), provider)).toBe('chain_broken agent-delegation')
  })

  it('cannot drop, repeat, rename, exchange or retype anything that others signed [RC-01]', async () => {
    const passed = new Set<string>()
    let mutations = 0
    for (const { kind, path, text } of mutateJson(JSON.stringify(claimsIn(receipt)))) {
      mutations++
      const said = await judged(await signText(text, provider), provider)
      const isOfItsWord = /^(change|retype)$/.test(kind) && STATED.test(path.slice(1).replaceAll('/', '.'))
      if (said === 'accepted' && !isOfItsWord) passed.add(kind === 'swap members' ? kind : `${kind} ${path}`)
    }

    expect([...passed].sort()).toEqual(HARMLESS)
    expect(mutations).toBeGreaterThan(200)
  }, 60_000)

  it.each<[string, Path]>([
    ['decision', ['iatMs']],
    ['head', ['status', 'head', 'iatMs']],
    ['list', ['status', 'lists', 0, 'asOfMs']],
  ])(
    'cannot state a time of the %s that no date has, which nobody could show [RC-01]',
    async (_what, path) => {
      const at = (ms: number) => changeAt(claimsIn(receipt), path, () => ms) as JsonObject
      const lie = (ms: number) => signClaims(at(ms), provider).then((signed) => judged(signed, provider))

      expect(await lie(MAX_DATE_TIME_MS + 1)).toMatch(/^malformed /)
      expect(await lie(Number.MAX_SAFE_INTEGER)).toMatch(/^malformed /)
      expect(await lie(NOW)).toBe('accepted')
    },
  )

  it('cannot make anything throw, whatever it signs', async () => {
    const claims = claimsIn(receipt)
    const paths = [...leaves(claims), ...Object.keys(claims).map((name) => [name])]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, value) => {
        const lie = changeAt(claims, path, () => value as Json) as JsonObject
        const signed = await signClaims(lie, provider).catch(() => undefined)
        if (signed !== undefined) expect(typeof (await judged(signed, provider))).toBe('string')
      }),
      { numRuns: 200 },
    )
  })

  it('cannot take an old document for a new one', async () => {
    const challenge = 'c'.repeat(32)
    const text = JSON.stringify(await world.document(chain, { challenge }))
    const verdict = await provider.verifier.verifyPresentation(text, READ, { challenge })
    const claims = claimsIn(await receiptFor(verdict, provider))
    const silent = JSON.stringify(await world.document(chain))
    const others = [await world.agentChain({}, { id: 'urn:uuid:00000000-0000-4000-8000-0000000000ff' })]
    const [other = []] = others
    const document = JSON.stringify(await world.document(other, { challenge }))
    const say = async (lie: JsonObject) => judged(await signClaims({ ...claims, ...lie }, provider), provider)

    expect(await say({})).toBe('accepted')
    expect(await say({ iatMs: NOW + 400_000 })).toBe('holder_proof_invalid proof.expires')
    expect(await say({ presented: { type: 'document', document: silent } })).toBe(
      'holder_proof_invalid proof.challenge',
    )
    expect(await say({ presented: { type: 'document', document } })).toBe('chain_broken document')
    expect(await say({ presented: { type: 'document', document: '{' } })).toBe('malformed presentation')
  })
})

describe('one artifact in the place of another', () => {
  it.each(['vc+jwt', VP_JWT_TYPE, HEAD_TYP, 'statuslist+jwt', 'JWT', 'kb+jwt'])(
    'is no receipt as %s, though the same key signed it [SM-07]',
    async (typ) => {
      expect(await judged(await signClaims(claimsIn(receipt), provider, typ), provider)).toBe('malformed typ')
      expect(await judged(await signClaims(claimsIn(receipt), provider, RECEIPT_TYPE), provider)).toBe(
        'accepted',
      )
    },
  )

  it('is nothing that a receipt could be shown as: no token, no link, no chain [SM-07]', async () => {
    const { verifier } = provider
    const code = async (verdict: Promise<{ readonly verified: boolean; readonly refusal?: object }>) =>
      (await verdict).refusal
    const bearer = requestOf('GET', '/inbox', { authorization: `Bearer ${receipt}` })
    const field = requestOf('GET', '/inbox', { 'agent-delegation': `"${'a'.repeat(10)}"` })

    expect(await code(verifier.verifyToken(receipt, READ))).toMatchObject({
      code: 'malformed',
      dimension: 'typ',
    })
    expect(await code(verifier.verify(bearer, READ))).toMatchObject({ code: 'chain_required' })
    expect(await code(verifier.verify(field, READ))).toMatchObject({ code: 'malformed' })
    const asLink = await world.present([receipt.slice(0, 7000)])
    expect(await code(verifier.verify(asLink, READ))).toMatchObject({ code: 'malformed' })
    expect(await code(verifier.verifyToken(await world.token(chain), READ))).toBeUndefined()
  })
})

function listOf(claims: JsonObject, at: number): Json {
  const { lists } = claims.status as { readonly lists: readonly Json[] }
  return lists[at] as Json
}
