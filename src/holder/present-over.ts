import { isJsonObject, type Json } from '../core/json.ts'
import { OPEN_MCP_REQUESTS } from '../model/mcp.ts'
import type { AgentContext } from './agent-context.ts'
import { type PresentMcpOptions, presentInMeta } from './present-token.ts'

/** A connection of an MCP client: `Transport` of the official SDK, version 1 or 2. */
export interface McpTransport {
  send(message: object, options?: object): Promise<void>
}

/** Whom the requests are for. */
export type McpTransportOptions = Omit<PresentMcpOptions, 'request'>

/** Presents the chain with each request that is sent over a connection. @throws {ProcuraError} As `Agent.token` says. */
export function presentOver<T extends McpTransport>(
  context: AgentContext,
  transport: T,
  options: McpTransportOptions,
): T {
  const send = transport.send.bind(transport)
  transport.send = async (message, sendOptions) =>
    send(isPresented(message) ? await present(message, options, context) : message, sendOptions)
  return transport
}

interface Presented {
  readonly method: string
  readonly params?: unknown
}

/** Notifications, answers and {@link OPEN_MCP_REQUESTS} do nothing, so that nothing has to be shown for them. */
function isPresented(message: object): message is Presented {
  if (!('id' in message) || !('method' in message)) return false
  return typeof message.method === 'string' && !OPEN_MCP_REQUESTS.has(message.method)
}

/** What is signed is what JSON makes of the parameters: members that are undefined are not sent. */
async function present(
  message: Presented,
  options: McpTransportOptions,
  context: AgentContext,
): Promise<object> {
  const sent: Json = JSON.parse(JSON.stringify(message.params ?? {}))
  const params = isJsonObject(sent) ? sent : {}
  const meta = await presentInMeta(context, { ...options, request: { method: message.method, params } })
  const { _meta = {} } = params
  return { ...message, params: { ...params, _meta: { ...(isJsonObject(_meta) ? _meta : {}), ...meta } } }
}
