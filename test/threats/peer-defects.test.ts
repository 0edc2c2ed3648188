import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { delegated, requireDelegation } from '../../src/adapters/express/index.ts'
import type { Json, JsonObject } from '../../src/core/json.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import { VP_JWT_TYPE } from '../../src/securing/vc-jose/presentation.ts'
import { createVerifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { AUDIENCE, mailGrant } from '../helpers/world.ts'
import { payloadOf, signRaw } from './raw.ts'
import { READ, Stage } from './stage.ts'

let stage: Stage
let root: string
let agent: string

beforeAll(async () => {
  stage = await Stage.create()
  ;[root, agent] = await stage.world.agentChain()
})

describe('options', () => {
  const options = (changes: object) => () =>
    createVerifier({
      audience: AUDIENCE,
      trust: [],
      freshness: { '*': 'routine' },
      ...changes,
    } as VerifierOptions)
  const invalid = expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' })

  it.each([
    { pollSeconds: 0 },
    { pollSeconds: -1 },
    { pollSeconds: Number.NaN },
    { pollSeconds: 31 },
    { freshness: {} },
    { freshness: { '*': 0 } },
    { freshness: { '*': 'never' } },
    { freshness: { 'mail.send': 'critical' } },
    { freshness: undefined },
    { trust: undefined },
    { audience: undefined },
    { environment: '' },
    { bearer: ['*'] },
    { bearer: 'mail.read' },
    { freshness: { '*': 'critical' }, bearer: ['mail.read'] },
  ])('that are nothing, wrong or missing are no default: %j [PD-03, PD-06, PD-09]', (changes) => {
    expect(options(changes)).toThrow(invalid)
    expect(options({})).not.toThrow()
  })
})

describe('the middleware as it comes', () => {
  it('wants the whole chain, for this audience, from its presenter [PD-06]', async () => {
    const { world } = stage
    const app = express()
    app.use(delegated(await stage.cold()))
    app.get('/{*any}', requireDelegation('mail.read'), (_, response) => void response.end('served'))
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const send = async (request: PresentedRequest) => {
      const names = ['agent-delegation', 'signature', 'signature-input']
      const headers = names.flatMap((name) => [[name, request.header(name) ?? '']] as [string, string][])
      return (await fetch(at + request.target, { headers })).status
    }
    const whole = () => world.subAgentChain()
    const { signer } = world.subAgent
    const [, , last] = await whole()

    expect(await send(await world.present(await whole(), { signer }))).toBe(200)
    expect(await send(await world.present([last], { signer }))).toBe(401)
    expect(await send(await world.present([root, last], { signer }))).toBe(401)
    expect(await send(await world.present(await whole(), { signer, origin: 'https://other.example' }))).toBe(
      401,
    )
    expect(await send(await world.present(await whole()))).toBe(401)
    expect(await (await fetch(`${at}/inbox`)).status).toBe(401)
  })
})

describe('what stands unsigned beside a signature', () => {
  it('decides nothing: an envelope, a header, a body, a query [PD-07]', async () => {
    const { world } = stage
    const request = await world.present([root, agent])
    const claims = JSON.stringify({ agent: 'agt_root', verified: true, action: 'mail.delete' })
    const extra = {
      'x-agent': 'agt_root',
      'x-forwarded-host': 'evil.example',
      host: 'evil.example',
      forwarded: 'host=evil.example',
    }
    const header = (name: string) => new Map(Object.entries(extra)).get(name) ?? request.header(name)
    const verdict = await stage.verdictsOf((verifier) => verifier.verify({ ...request, header }, READ))

    expect(verdict).toMatchObject({ verified: true, agent: 'agt_mailer' })
    expect(JSON.stringify(verdict)).not.toContain('agt_root')
    expect(await stage.request({ ...request, body: new TextEncoder().encode(claims) })).toBe(
      'holder_proof_invalid',
    )
    expect(await stage.request(request, { action: 'mail.delete' })).toBe('not_authorized')
  })

  it('is not in a token or a document: their members are closed [PD-07]', async () => {
    const { world } = stage
    const claims = JSON.parse(payloadOf(await world.token([root, agent])))
    const token = (more: object) =>
      signRaw(JSON.stringify({ ...claims, ...more }), world.agent.signer, { typ: VP_JWT_TYPE })
    const challenge = 'c1b2c3d4e5f60718'
    const document = await world.document([root, agent], { challenge })

    for (const more of [
      { chain: [root] },
      { vp: {} },
      { verified: true },
      { scope: '*' },
      { cnf: {} },
      { sub: 'x' },
    ])
      expect(await stage.token(await token(more))).toBe('malformed')
    expect(await stage.token(await token({}))).toBe('verified')
    for (const more of [{ agent: 'agt_root' }, { verifier: {} }, { '@included': [] }])
      expect(await stage.document({ ...document, ...more }, challenge)).toBe('malformed')
    expect(await stage.document(document, challenge)).toBe('verified')
  })
})

describe('limits', () => {
  const range = (max: bigint) => ({ kind: 'range', on: ['n'], min: 0n, max: max * 10n ** 18n }) as const
  const ask = (n: Json) => ({ ...READ, arguments: { n } })

  it('bind together: the tightest counts, and no amount gets below nothing [PD-08]', async () => {
    const { world } = stage
    const chain = await world.agentChain({
      authorizationDetails: [mailGrant({ constraints: [range(100n), range(10n)] })],
    })

    expect(await stage.chain(chain, {}, ask(10))).toBe('verified')
    expect(await stage.chain(chain, {}, ask('10.0'))).toBe('verified')
    for (const n of [
      11,
      100,
      -1,
      -1e9,
      '-1',
      '+1',
      '1e1',
      '0x1',
      '١',
      ' 1',
      '',
      '10.0000000000000000001',
      1.5,
      Number.NaN,
      Infinity,
      true,
      null,
      [1],
      { n: 1 },
    ])
      expect(await stage.chain(chain, {}, ask(n as Json))).toBe('constraint_violated')
  })

  it('are not lifted by an action or a place for all [PD-08, PD-21]', async () => {
    const { world } = stage
    const credential = JSON.parse(payloadOf(agent))
    const granting = async (grant: JsonObject) => {
      const [first] = credential.credentialSubject.authorizationDetails
      const subject = { ...credential.credentialSubject, authorizationDetails: [{ ...first, ...grant }] }
      return stage.chain([
        root,
        await signRaw(JSON.stringify({ ...credential, credentialSubject: subject }), world.owner.signer),
      ])
    }

    for (const grant of [
      { actions: ['*'] },
      { actions: ['mail.*'] },
      { actions: [''] },
      { locations: ['*'] },
      { locations: ['https://*.example/'] },
      { locations: [''] },
      { locations: ['https://'] },
    ])
      expect(await granting(grant)).toBe('malformed')
    expect(await granting({})).toBe('verified')
  })
})

describe('what an application takes out of a request as it is', () => {
  it.each([null, 0, 7, true, [], ['inbox/1'], {}, { startsWith: 1 }])(
    'is no identifier and no address when it is %j, and nothing throws [PD-13]',
    async (value) => {
      const { world } = stage
      const cidr = { kind: 'cidr', values: [{ family: 4, base: 0n, prefixLength: 0 }] } as const
      const named = await world.agentChain({ authorizationDetails: [mailGrant({ identifiers: ['inbox/'] })] })
      const placed = await world.agentChain({ authorizationDetails: [mailGrant({ constraints: [cidr] })] })
      const text = value as unknown as string

      expect(await stage.chain(named, {}, { ...READ, identifier: text })).toBe('not_authorized')
      expect(await stage.chain(named, {}, { ...READ, identifier: 'inbox/1' })).toBe('verified')
      expect(await stage.chain(placed, {}, { ...READ, clientAddress: text })).toBe('constraint_violated')
      expect(await stage.chain(placed, {}, { ...READ, clientAddress: '203.0.113.9' })).toBe('verified')
    },
  )
})

describe('numbers, flags and names', () => {
  it.each<[what: string, from: RegExp, to: string]>([
    ['a number beyond what all readers hold', /"maxDepth":\d+/, '"maxDepth":9007199254740993'],
    ['a number with thirty digits', /"maxDepth":\d+/, `"maxDepth":${'9'.repeat(30)}`],
    ['a number beyond all', /"maxDepth":\d+/, '"maxDepth":1e400'],
    ['a number below nothing', /"maxDepth":\d+/, '"maxDepth":-1'],
    ['half a number', /"maxDepth":\d+/, '"maxDepth":1.5'],
    ['true for one', /"maxDepth":\d+/, '"maxDepth":true'],
    ['a text for a number', /"maxDepth":\d+/, '"maxDepth":"2"'],
    ['one for true', /"maxDepth":\d+/, '"maxDepth":2,"allowStatusless":1'],
    ['a text for true', /"maxDepth":\d+/, '"maxDepth":2,"allowStatusless":"false"'],
    ['a name twice', /"maxDepth":\d+/, '"maxDepth":0,"maxDepth":9'],
    ['a name twice, once escaped', /"maxDepth":\d+/, '"maxDepth":0,"m\\u0061xDepth":9'],
    ['one subject in two pieces', /"credentialSubject":(\{.*\})/, '"credentialSubject":[$1,$1]'],
    ['a list for an issuer', /"issuer":("[^"]+")/, '"issuer":[$1]'],
    ['an object for an issuer', /"issuer":("[^"]+")/, '"issuer":{"id":$1}'],
    ['half a character', /"purpose":"[^"]*"/, '"purpose":"\\ud800"'],
    ['a date that is none', /"validUntil":"[^"]+"/, '"validUntil":"2026-02-30T00:00:00Z"'],
    ['a date without a zone', /"validUntil":"[^"]+"/, '"validUntil":"2999-01-01T00:00:00"'],
    ['a number for a date', /"validUntil":"[^"]+"/, '"validUntil":32503680000'],
    ['no date', /,"validUntil":"[^"]+"/, ''],
  ])('are what they are: not %s [PD-09, PD-13]', async (_what, from, to) => {
    const text = payloadOf(agent)
    expect(text).toMatch(from)
    const spoilt = await signRaw(text.replace(from, to), stage.world.owner.signer)

    expect(await stage.chain([root, spoilt])).toBe('malformed')
    expect(await stage.chain([root, agent])).toBe('verified')
  })
})

describe('a chain that is longer than a header may be', () => {
  it('is refused by us before any server would, and sent in advance instead [PD-14]', async () => {
    const { world } = stage
    const long = await world.longChain()
    const field = `"${long.join('", "')}"`
    const sent = await world.upload(long)
    expect(field.length).toBeGreaterThan(7.5 * 1024)

    expect(await stage.chain([root, agent], { field })).toBe('limit_exceeded')
    expect(await stage.request(await world.refer(long))).toBe('chain_required')
    expect(await stage.warm.upload(sent)).toMatchObject({ verified: true })
    expect(await stage.warm.verify(await world.refer(long), READ)).toMatchObject({ verified: true })
    expect(await stage.chain([root, agent])).toBe('verified')
  })
})
