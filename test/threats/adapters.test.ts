import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenVerifier } from '../../src/adapters/mcp/index.ts'
import { PRESENTATION_META_KEY } from '../../src/model/mcp.ts'
import { formatAgentDelegation } from '../../src/securing/http-signature/agent-delegation.ts'
import { expectDenial } from '../adapters/contract.ts'
import { startExpress } from '../adapters/transports/express.ts'
import { startHono } from '../adapters/transports/hono.ts'
import { outcomeOfError } from '../adapters/transports/mcp-client.ts'
import { connectV1, startMcpV1 } from '../adapters/transports/mcp-v1.ts'
import { connectV2, startMcpV2 } from '../adapters/transports/mcp-v2.ts'
import type { Call, Connection, RunningService, Scene } from '../adapters/transports/scene.ts'
import { type Tap, withField, withJson, without } from '../adapters/transports/wire.ts'
import { makePerson } from '../helpers/world.ts'

type Service = RunningService & { scene: Scene }

const READ: Call = { tool: 'read', args: { folder: 'inbox', to: 'ada' } }
const SEND: Call = { tool: 'send', args: { folder: 'inbox', to: 'ada' } }

/** Puts a token where the transport carries one. */
type Carry = (token: string) => Tap

const inField: Carry = (token) => withField('authorization', () => `Bearer ${token}`)

const inMeta: Carry = (token) =>
  withJson((body) => {
    const params = { ...(body.params as object), _meta: { [PRESENTATION_META_KEY]: token } }
    return { ...body, params }
  })

const TOKEN_SERVICES: readonly [string, () => Promise<Service>, Carry][] = [
  ['Express', () => startExpress('bearer'), inField],
  ['fetch', () => startHono('bearer'), inField],
  ['MCP, version 1 of the SDK, a bearer token', () => startMcpV1({ proof: 'bearer' }), inField],
  ['MCP, version 1 of the SDK, a token in _meta', () => startMcpV1({ proof: 'bound' }), inMeta],
  ['MCP, version 2 of the SDK, a bearer token', () => startMcpV2({ proof: 'bearer' }), inField],
]

describe.each(TOKEN_SERVICES)('the defaults of %s', (_, start, carry) => {
  let service: Service
  let connection: Connection

  beforeAll(async () => {
    service = await start()
    connection = await service.connect(await service.scene.caller())
  })
  afterAll(async () => {
    await connection.close()
    await service.close()
  })

  it('want the whole chain, joined, for this audience, with no option to say so [PD-06]', async () => {
    const { world, origin } = service.scene
    const [owner = '', agent = ''] = (await service.scene.caller()).chain
    const stranger = await makePerson()
    const forged = await world.sign(world.agentCredential({}, { issuer: stranger.did }), stranger.signer)
    const present = async (texts: string[], audience = `${origin}/`) =>
      connection.call(READ, carry(await world.token(texts, { audience })))

    expect(await present([owner, agent])).toHaveProperty('result')
    expectDenial(await present([agent]), 'chain_broken')
    expectDenial(await present([owner, forged]), 'chain_broken')
    expectDenial(await present([owner, agent], 'https://elsewhere.example/'), 'audience_mismatch')
    expectDenial(await present([owner, agent], origin), 'audience_mismatch')
  })
})

describe.each([
  ['Express', startExpress],
  ['fetch', startHono],
] as const)('the defaults of %s', (_, start) => {
  it('want the whole chain, and a signature for this service, of requests [PD-06]', async () => {
    const service = await start('signed')
    const connection = await service.connect(await service.scene.caller())
    const [owner = '', agent = ''] = (await service.scene.caller()).chain
    const showing = (...texts: string[]) => withField('agent-delegation', () => formatAgentDelegation(texts))
    const elsewhere = { ...(await service.scene.caller()), audience: 'https://elsewhere.example/' }

    expect(await connection.call(SEND, showing(owner, agent))).toHaveProperty('result')
    expectDenial(await connection.call(SEND, showing(agent)), 'chain_broken')
    expectDenial(await connection.call(SEND, showing(owner)), 'not_authorized')
    expectDenial(await (await service.connect(elsewhere)).call(SEND), 'holder_proof_invalid')
    await service.close()
  })

  it.each([
    ['agent-delegation', 'chain_required'],
    ['signature', 'holder_proof_invalid'],
    ['signature-input', 'holder_proof_invalid'],
    ['content-digest', 'holder_proof_invalid'],
  ])('take a request without its %s for no weaker one [PD-17]', async (field, code) => {
    const service = await start('signed')
    const connection = await service.connect(await service.scene.caller())

    expect(await connection.call(SEND)).toHaveProperty('result')
    expectDenial(await connection.call(SEND, without(field)), code)
    expect(service.scene.served).toEqual(['send'])
    await service.close()
  })
})

const OTHERS = [
  ['1', '2', () => startMcpV2({ proof: 'bound', connect: connectV1 })],
  ['1', '2, with a bearer token', () => startMcpV2({ proof: 'bearer', connect: connectV1 })],
  ['2', '1', () => startMcpV1({ proof: 'bound', connect: connectV2('auto') })],
  ['2', '1, with a bearer token', () => startMcpV1({ proof: 'bearer', connect: connectV2('auto') })],
  ['2, speaking as of 2025,', '2', () => startMcpV2({ proof: 'bound', connect: connectV2('legacy') })],
] as const

describe.each(OTHERS)(
  'a client of version %s of the MCP SDK, at a server of version %s',
  (_client, _server, start) => {
    it('cannot take a denial for a success, nor get by without its proof [PD-17]', async () => {
      const service = await start()
      const connection = await service.connect(await service.scene.caller())
      const noMeta = withJson(({ params, ...body }) => ({
        ...body,
        params: { ...(params as object), _meta: {} },
      }))
      const stripped: Tap = (wire) => without('authorization')(noMeta(wire))

      expect(await connection.call(READ)).toHaveProperty('result')
      const denied = await connection.call(READ, stripped)
      expect(denied).toMatchObject({ status: 401 })
      expect(denied).not.toHaveProperty('result')
      await service.scene.revokeAgent()
      expectDenial(await connection.call(READ), 'revoked')
      expect(service.scene.served).toEqual(['read'])
      await connection.close()
      await service.close()
    })
  },
)

describe.each([
  ['1', startMcpV1],
  ['2', startMcpV2],
] as const)('two tokens in a request to version %s of the MCP SDK', (_, start) => {
  it('are one, the first: the other proves nothing and takes nothing away [PD-17]', async () => {
    const service = await start({ proof: 'bearer' })
    const { scene } = service
    const connection = await service.connect(await scene.caller())
    const other = await scene.agentOf(await scene.otherCaller())
    const token = await other.token({ audience: `${scene.origin}/` })
    const line = (value: string) => ['authorization', `Bearer ${value}`] as const
    const after: Tap = (wire) => ({ ...wire, fields: [...wire.fields, line(token)] })
    const before: Tap = (wire) => ({ ...wire, fields: [line('garbage'), ...wire.fields] })

    const { result = '' } = await connection.call(READ, after)
    expect(result).toContain('agt_mailer')
    expect(result).not.toContain('agt_other')
    expectDenial(await connection.call(READ, before), 'malformed')
    await connection.close()
    await service.close()
  })
})

describe('an SDK that names its errors differently', () => {
  it('is noticed when the service starts, and turns no denial into a success [PD-17]', async () => {
    const service = await startMcpV1({ proof: 'bearer' })
    const { verifier } = service.scene
    const make = (errors: never) => createTokenVerifier({ verifier, actions: ['mcp.connect'], errors })

    expect(() => make(undefined as never)).toThrow('errors must be')
    expect(() => make({ invalid_grant: Error } as never)).toThrow('errors must be')
    class Renamed extends Error {}
    const tokens = make(Renamed as never)
    await expect(tokens.verifyAccessToken('garbage')).rejects.toBeInstanceOf(Renamed)
    const error = await service
      .connect({ ...(await service.scene.caller()), late: -400_000 })
      .catch(outcomeOfError)
    expect(error).toMatchObject({ status: 401, code: 'holder_proof_invalid' })
    await service.close()
  })
})
