import type { JsonObject } from '../../src/core/json.ts'
import { PRESENTATION_META_KEY } from '../../src/model/mcp.ts'
import { type Contract, describeContract, type Tampering } from './contract.ts'
import { startExpress } from './transports/express.ts'
import { startHono } from './transports/hono.ts'
import type { HttpProof } from './transports/http-client.ts'
import { type McpProof, metaOf, withoutMeta } from './transports/mcp-client.ts'
import { connectV1, startMcpV1 } from './transports/mcp-v1.ts'
import { connectV2, startMcpV2 } from './transports/mcp-v2.ts'
import type { Call } from './transports/scene.ts'
import { type Tap, twice, withField, withJson, without } from './transports/wire.ts'

/** What they say would be allowed to both tools. */
const SAID = { folder: 'inbox', to: 'ada' }
const READ: Call = { tool: 'read', args: SAID }
const SEND: Call = { tool: 'send', args: SAID }

/** More than the 16 KiB that Node takes for all fields. */
const HUGE = 'x'.repeat(20_000)
/** More than the adapters read, and than the SDK does. */
const padded: Tap = withJson((body) => ({ ...body, padding: 'x'.repeat(5 * 1024 * 1024) }))

const cut = withField('authorization', (old) => `${old.slice(0, 20)}AAAA`)

/** A token may be longer than servers take fields: this one is only signed by nobody. */
const lengthened = withField('authorization', (old) => `${old}${'A'.repeat(6000)}`)

const http: Omit<Tampering, 'otherArguments' | 'garbage' | 'oversizedProof' | 'secondCredential'> = {
  stripped: without('agent-delegation', 'signature', 'signature-input', 'content-digest', 'authorization'),
  otherTool: (wire) => ({
    ...wire,
    url: new URL(wire.url.pathname === '/read' ? '/send' : '/read', wire.url),
  }),
  oversizedField: withField('x-padding', () => HUGE),
  oversizedBody: padded,
}

const signed: Tampering = {
  ...http,
  otherArguments: withJson((body) => ({ ...body, to: 'bob' })),
  garbage: withField('agent-delegation', () => '"garbage"'),
  oversizedProof: withField('agent-delegation', () => `"${'x'.repeat(8000)}"`),
  fieldTwice: twice('signature-input'),
  secondCredential: async (scene) => {
    const agent = await scene.agentOf(await scene.otherCaller())
    const token = await agent.token({ audience: `${scene.origin}/` })
    return withField('authorization', () => `Bearer ${token}`)
  },
}

const bearer: Tampering = {
  ...http,
  otherArguments: withJson((body) => ({ ...body, folder: 'board' })),
  garbage: cut,
  oversizedProof: lengthened,
  fieldTwice: twice('authorization'),
  secondCredential: async () => withField('agent-delegation', () => '"eyJ.eyJ.eyJ"'),
}

const DENIALS: Contract['denials'] = {
  stripped: 'chain_required',
  audience: 'audience_mismatch',
  replayed: 'replayed',
  revoked: 'revoked',
  tool: 'holder_proof_invalid',
  arguments: 'holder_proof_invalid',
  expired: 'holder_proof_invalid',
  garbage: 'malformed',
  tenant: 'tenant_mismatch',
  environment: 'environment_mismatch',
  'field size': 431,
  'proof size': 'limit_exceeded',
  'body size': 413,
  'field twice': 'chain_required',
  'two credentials': 'malformed',
}

const HTTP: readonly [string, (proof: HttpProof) => ReturnType<Contract['start']>][] = [
  ['Express', startExpress],
  ['fetch, in Hono on Node', startHono],
]

for (const [name, start] of HTTP) {
  describeContract({
    name: `${name}, signed requests`,
    start: () => start('signed'),
    call: SEND,
    tampering: signed,
    denials: { ...DENIALS, audience: 'holder_proof_invalid', 'field twice': 'holder_proof_invalid' },
  })
  describeContract({
    name: `${name}, a bearer token`,
    start: () => start('bearer'),
    call: READ,
    tampering: bearer,
    denials: {
      ...DENIALS,
      arguments: 'constraint_violated',
      replayed: 'allowed',
      garbage: 'chain_required',
      'proof size': 'malformed',
    },
  })
}

function rename(body: JsonObject): JsonObject {
  const params = body.params as JsonObject
  return { ...body, params: { ...params, name: params.name === 'read' ? 'send' : 'read' } }
}

function say(args: JsonObject): (body: JsonObject) => JsonObject {
  return (body) => ({ ...body, params: { ...(body.params as JsonObject), arguments: args } })
}

function present(token: string): (body: JsonObject) => JsonObject {
  return (body) => {
    const params = body.params as JsonObject
    const meta = { ...(params._meta as JsonObject), [PRESENTATION_META_KEY]: token }
    return { ...body, params: { ...params, _meta: meta } }
  }
}

/** The revision of 2026 repeats the name in a field, which has to agree. */
const renamed: Tap = (wire) => {
  const swapped = withJson(rename)(wire)
  const isNamed = wire.fields.some(([name]) => name === 'mcp-name')
  return isNamed ? withField('mcp-name', (old) => (old === 'read' ? 'send' : 'read'))(swapped) : swapped
}

const mcp = { otherTool: renamed, oversizedField: http.oversizedField, oversizedBody: padded }

const mcpBearer: Tampering = {
  ...mcp,
  stripped: without('authorization'),
  otherArguments: withJson(say({ ...SAID, folder: 'board' })),
  garbage: cut,
  oversizedProof: lengthened,
  fieldTwice: twice('authorization'),
  secondCredential: async (scene) => {
    const agent = await scene.agentOf(await scene.otherCaller())
    const meta = await metaOf(agent, `${scene.origin}/`, READ)
    return withJson(present(meta[PRESENTATION_META_KEY]))
  },
}

const mcpBound: Tampering = {
  ...mcp,
  stripped: withJson((body) => withoutMeta(body) as JsonObject),
  otherArguments: withJson(say({ ...SAID, to: 'bob' })),
  garbage: withJson(present('eyJ.eyJ.eyJ')),
  oversizedProof: withJson(present('x'.repeat(200_000))),
}

const mcpBoth: Tampering = {
  ...mcpBound,
  secondCredential: async (scene) => {
    const agent = await scene.agentOf(await scene.otherCaller())
    const meta = await metaOf(agent, `${scene.origin}/`, SEND)
    return withJson(present(meta[PRESENTATION_META_KEY]))
  },
}

const MCP_BEARER = {
  ...DENIALS,
  stripped: 401,
  'proof size': 'malformed',
  arguments: 'constraint_violated',
  replayed: 'allowed',
  // The SDK reads the first of two lines, and believes nothing of the other.
  'field twice': 'allowed',
  'two credentials': 'holder_proof_invalid',
}

type McpStart = (options: { proof: McpProof }) => ReturnType<Contract['start']>
const MCP: readonly [string, McpStart][] = [
  ['MCP, version 1 of the SDK', (options) => startMcpV1({ ...options, connect: connectV1 })],
  ['MCP, version 2 of the SDK', (options) => startMcpV2({ ...options, connect: connectV2('auto') })],
]

for (const [name, start] of MCP) {
  describeContract({
    name: `${name}, a bearer token`,
    start: () => start({ proof: 'bearer' }),
    call: READ,
    tampering: mcpBearer,
    denials: MCP_BEARER,
  })
  describeContract({
    name: `${name}, a token in _meta`,
    start: () => start({ proof: 'bound' }),
    call: SEND,
    tampering: mcpBound,
    denials: DENIALS,
  })
  describeContract({
    name: `${name}, a bearer token and one in _meta`,
    start: () => start({ proof: 'both' }),
    call: SEND,
    tampering: mcpBoth,
    // Without the token in _meta there is still the bearer, which is not good enough for this tool.
    denials: { ...DENIALS, stripped: 'holder_proof_invalid', 'two credentials': 'holder_proof_invalid' },
  })
}
