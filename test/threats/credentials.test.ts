import { beforeAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../src/core/json.ts'
import { VP_JWT_TYPE } from '../../src/securing/vc-jose/presentation.ts'
import { payloadOf, signRaw } from './raw.ts'
import { Stage } from './stage.ts'

let stage: Stage
let root: string
let agent: string
/** What link 1 says, as text. */
let payload: string

beforeAll(async () => {
  stage = await Stage.create()
  ;[root, agent] = await stage.world.agentChain()
  payload = payloadOf(agent)
})

/** What becomes of a chain whose owner has really signed this as link 1. */
async function outcomeOf(text: string): Promise<string> {
  return stage.chain([root, await signRaw(text, stage.world.owner.signer)])
}

/** The same, in a token, which may be longer than a request field. */
async function tokenOutcome(text: string): Promise<string> {
  return stage.token(await stage.world.token([root, await signRaw(text, stage.world.owner.signer)]))
}

/** Link 1 as JSON with other members. */
function changed(change: (credential: Record<string, Json>) => void): string {
  const credential: Record<string, Json> = JSON.parse(payload)
  change(credential)
  return JSON.stringify(credential)
}

const subjectOf = (credential: Record<string, Json>) => credential.credentialSubject as Record<string, Json>

describe('an owner who signs a strange credential', () => {
  it('is heard when it is not strange', async () => {
    expect(await outcomeOf(payload)).toBe('verified')
    expect(await tokenOutcome(payload)).toBe('verified')
  })

  it.each([
    ['its subject, of which the second grants more', /,"credentialSubject":/, ',"credentialSubject":{},$&'],
    ['its end', /,"validUntil":/, ',"validUntil":"2999-01-01T00:00:00.000Z"$&'],
    ['its issuer, with an escape', /,"issuer":/, ',"\\u0069ssuer":"did:key:z6Mk"$&'],
    ['the actions of a grant', /"actions":/, '"actions":["mail.delete"],$&'],
  ])('cannot say twice: %s [CP-01]', async (_what, pattern, replacement) => {
    const twice = payload.replace(pattern, replacement.replace('$&', (pattern.exec(payload) ?? [''])[0]))

    expect(twice.length).toBeGreaterThan(payload.length)
    expect(await outcomeOf(twice)).toBe('malformed')
    expect(await outcomeOf(payload)).toBe('verified')
  })

  it.each(['__proto__', 'constructor', 'prototype'])(
    'cannot reach every object through %s [CP-03]',
    async (name) => {
      const poison = `"${name}":{"verified":true,"x":1},`
      const places = [/^\{/, /"credentialSubject":\{/, /"authorizationDetails":\[\{/]
      for (const place of places) {
        expect(await outcomeOf(payload.replace(place, `$&${poison}`))).toBe('malformed')
        expect({}).not.toHaveProperty('x')
        expect(Object.prototype).not.toHaveProperty('verified')
      }

      expect(await outcomeOf(payload)).toBe('verified')
    },
  )

  it.each([
    [
      'an array as context',
      4500,
      (deep: string) => payload.replace(/"@context":\[/, `$&${deep},`),
      'malformed',
    ],
    ['objects as a claim', 1500, (deep: string) => payload.replace(/^\{/, `{"x":${deep},`), 'malformed'],
    [
      'ten thousand arrays',
      10_000,
      (deep: string) => payload.replace(/^\{/, `{"x":${deep},`),
      'limit_exceeded',
    ],
  ])('does not exhaust the stack: %s [CP-04]', async (what, depth, nest, code) => {
    const [open, close] = what.startsWith('objects') ? ['{"a":', '}'] : ['[', ']']
    const inner = what.startsWith('objects') ? '1' : ''

    expect(await tokenOutcome(nest(open.repeat(depth) + inner + close.repeat(depth)))).toBe(code)
    expect(await tokenOutcome(payload)).toBe('verified')
  })

  it('does not exhaust the stack by 100 kB of brackets that nobody has signed [CP-04]', async () => {
    const brackets = '['.repeat(100_000)

    expect(await stage.document(brackets)).toBe('malformed')
    expect(await stage.token(await signRaw(brackets, stage.world.agent.signer, { typ: VP_JWT_TYPE }))).toBe(
      'malformed',
    )
  })

  it.each<[what: string, contexts: (known: readonly Json[]) => readonly Json[], id: string]>([
    ['in another order', (known) => known.toReversed(), 'CP-08'],
    ['of 2018 in front', (known) => ['https://www.w3.org/2018/credentials/v1', ...known], 'CP-08'],
    ['of 2018 instead', ([, own = '']) => ['https://www.w3.org/2018/credentials/v1', own], 'CP-08'],
    ['with one more to be fetched', (known) => [...known, 'http://127.0.0.1:9/context'], 'CP-09'],
    ['with a file', (known) => [...known, 'file:///etc/passwd'], 'CP-09'],
    ['with terms of their own', (known) => [...known, { scope: 'https://a.example/delegatedTo' }], 'CP-10'],
    ['with a vocabulary of their own', (known) => [...known, { '@vocab': 'https://a.example/' }], 'CP-10'],
  ])('cannot give contexts %s [CP-08] [CP-09] [CP-10]', async (_what, contexts) => {
    const before = stage.world.site.requests.length
    const text = changed((credential) => {
      credential['@context'] = contexts(credential['@context'] as readonly Json[])
    })

    expect(await outcomeOf(text)).toBe('malformed')
    expect(stage.world.site.requests.slice(before).filter((url) => url.includes('context'))).toEqual([])
    expect(await outcomeOf(payload)).toBe('verified')
  })

  it.each<[where: string, change: (credential: Record<string, Json>) => void]>([
    ['the credential', (credential) => Object.assign(credential, { scope: 'all' })],
    ['its subject', (credential) => Object.assign(subjectOf(credential), { scope: 'all' })],
    [
      'a grant',
      (credential) =>
        Object.assign((subjectOf(credential).authorizationDetails as JsonObject[])[0] ?? {}, {
          scope: 'all',
        }),
    ],
  ])('cannot add a term that no context defines to %s [CP-12]', async (_where, change) => {
    expect(await outcomeOf(changed(change))).toBe('malformed')
    expect(await outcomeOf(payload)).toBe('verified')
  })
})

describe('decoded members beside a signed text', () => {
  /** The object that a library makes of a token, with the token in it and one member changed. */
  const decoded = (proof: JsonObject): JsonObject => ({
    ...JSON.parse(payload),
    validUntil: '2999-01-01T00:00:00.000Z',
    ...proof,
  })

  it('are no credential of a chain [CP-15]', async () => {
    for (const proof of [
      { proof: { type: 'JwtProof2020', jwt: agent } },
      { _jwt: agent },
      { jwt: agent, proof: { type: 'JwtProof2020', jwt: agent } },
    ])
      expect(await stage.token(await stage.world.token([root, JSON.stringify(decoded(proof))]))).toMatch(
        /^(malformed|unsupported)$/,
      )

    expect(await stage.chain([root, agent])).toBe('verified')
  })

  it('are none in a token either: an envelope has its text and nothing else [CP-15]', async () => {
    const claims = JSON.parse(payloadOf(await stage.world.token([root, agent])))
    const [first, second] = claims.verifiableCredential
    const shown = (...credentials: readonly JsonObject[]) =>
      signRaw(JSON.stringify({ ...claims, verifiableCredential: credentials }), stage.world.agent.signer, {
        typ: VP_JWT_TYPE,
      })

    expect(await stage.token(await shown(first, second))).toBe('verified')
    expect(await stage.token(await shown(first, { ...second, ...decoded({}), id: second.id }))).toBe(
      'malformed',
    )
    expect(await stage.token(await shown(first, decoded({ proof: { jwt: agent } })))).toMatch(
      /^(malformed|unsupported)$/,
    )
    expect(await stage.token(await shown(first, decoded({ _jwt: agent })))).toBe('malformed')
  })
})

describe('a credential of megabytes', () => {
  it.each([
    ['as a credential', () => `${'A'.repeat(5_000_000)}.${'A'.repeat(20)}.${'A'.repeat(86)}`],
    ['as an SD-JWT', () => `${agent}~${'A'.repeat(1_500_000)}~`],
    ['as a document', () => `{"x":"${'A'.repeat(5_000_000)}"}`],
  ])('is refused unread, %s [CP-17]', async (_what, make) => {
    const token = make()
    const field = { field: token.startsWith('{') ? `:${btoa(token)}:` : `"${token}"` }

    expect(await stage.chain([root], field)).toBe('limit_exceeded')
    expect(await stage.token(token)).toBe('limit_exceeded')
    expect(await stage.document(token)).toBe('limit_exceeded')
    expect(await stage.chain([root, agent])).toBe('verified')
  })
})
