import type { Agent, McpMeta } from '../../../src/holder/index.ts'
import { PRESENTATION_META_KEY } from '../../../src/model/mcp.ts'
import { withBearer } from './http-client.ts'
import type { Call, Caller, Connection, Outcome, Scene } from './scene.ts'
import { fetchThrough, untouched, type WireFetch } from './wire.ts'

/** How calls prove whose they are: a bearer token on every HTTP request, a token for each call in its `_meta`, or both. */
export type McpProof = 'bearer' | 'bound' | 'both'

/** A client of some version of the SDK. */
export interface McpClient {
  callTool(params: ToolCall): Promise<ToolResult>
  close(): Promise<void>
}

export interface ToolCall {
  name: string
  arguments: Record<string, string>
  _meta?: Record<string, unknown>
}

export interface ToolResult {
  readonly [member: string]: unknown
}

/** Connects a client, whose requests go through `fetch`, to an endpoint. */
export type ConnectClient = (endpoint: URL, fetch: WireFetch) => Promise<McpClient>

export async function connectMcp(
  scene: Scene,
  caller: Caller,
  proof: McpProof,
  connect: ConnectClient,
): Promise<Connection> {
  let tap = untouched
  const wire = fetchThrough(() => tap)
  const agent = await scene.agentOf(caller)
  const audience = caller.audience ?? `${scene.origin}/`
  const fetch = proof === 'bound' ? wire : withBearer(await agent.token({ audience }), wire)
  const client = await connect(new URL('/mcp', scene.origin), fetch)
  return {
    call: async (call, tapped = untouched) => {
      const meta = proof === 'bearer' ? undefined : await metaOf(agent, audience, call)
      tap = (sent) => (isCall(sent.body) ? tapped(sent) : sent)
      return outcomeOf(() => client.callTool({ ...paramsOf(call), ...(meta && { _meta: meta }) }))
    },
    close: () => client.close(),
  }
}

export function metaOf(agent: Agent, audience: string, call: Call): Promise<McpMeta> {
  return agent.mcpMeta({ audience, request: { method: 'tools/call', params: paramsOf(call) } })
}

function paramsOf({ tool, args }: Call): { name: string; arguments: Record<string, string> } {
  return { name: tool, arguments: { ...args } }
}

function isCall(body: string): boolean {
  return body.includes('"tools/call"')
}

/** Takes the token out of the call. */
export function withoutMeta(body: { readonly [name: string]: unknown }): object {
  const { _meta, ...params } = body.params as { _meta: Record<string, unknown> }
  const { [PRESENTATION_META_KEY]: _, ...rest } = _meta
  return { ...body, params: { ...params, _meta: rest } }
}

/** A client that only knows what its SDK tells it: what the promise resolves to is a result, unless it is marked. */
async function outcomeOf(call: () => Promise<ToolResult>): Promise<Outcome> {
  try {
    const { content, isError } = await call()
    return isError === true ? {} : { result: JSON.stringify(content) }
  } catch (error) {
    return outcomeOfError(error as SdkError)
  }
}

/** As either version of the SDK throws it. */
interface SdkError extends Error {
  readonly code?: unknown
  readonly status?: unknown
  readonly data?: { readonly code?: unknown }
  /** Only for answers with 403 and a challenge. */
  readonly errorDescription?: string
}

/** Errors of the protocol carry our problem; errors of HTTP have the text of the answer, or its challenge. */
export function outcomeOfError(error: SdkError): Outcome {
  const { message, data = {}, errorDescription } = error
  const challenged = errorDescription === undefined ? undefined : 403
  const status = [error.code, error.status, challenged].find((value) => typeof value === 'number')
  const text =
    errorDescription ?? /\\?"error_description\\?":\\?"([^"]+)/.exec(message + JSON.stringify(data))?.[1]
  const code = typeof data.code === 'string' ? data.code : /^(\w+):/.exec(text ?? '')?.[1]
  return { ...(typeof status === 'number' ? { status } : {}), ...(code === undefined ? {} : { code }) }
}
