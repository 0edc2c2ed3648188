import type { JsonObject } from '../core/json.ts'
import { ProcuraError } from '../errors.ts'
import { PRESENTATION_META_KEY, STAPLE_META_KEY } from '../model/mcp.ts'
import { MAX_PRESENTATION_SECONDS } from '../securing/vc-jose/presentation.ts'
import type { ProtocolRequest } from '../securing/vc-jose/protocol-request.ts'
import { signVpJwt } from '../securing/vc-jose/sign-vp-jwt.ts'
import type { AgentContext } from './agent-context.ts'
import { readAudience } from './audience.ts'
import { discloseChain } from './disclose-chain.ts'
import { type Duration, parseDuration } from './duration.ts'

/** Whom a token is for, and for what. */
export interface PresentTokenOptions {
  /** The service's audience, exactly as it is configured there: `https://mail.example/`. */
  readonly audience: string
  /** 1 to 300 whole seconds. Default `'5m'`. The token ends with the chain at the latest. */
  readonly lifetime?: Duration
  /**
   * The one request that the token is good for, once: what MCP or A2A sends, `_meta` aside. Default: any request until
   * the token ends, which services accept only for the actions that they name.
   */
  readonly request?: ProtocolRequest
  /** What the token is for, such as `['mail.read']`: SD-JWTs show only the grants for it. Default: all at the audience. */
  readonly actions?: readonly string[]
}

/** How to present in requests of MCP. */
export interface PresentMcpOptions extends PresentTokenOptions {
  /**
   * Whether to bring the status of the chain along, for a service that cannot have it (`status_unavailable`,
   * `status_stale`): up to 64 KiB. It is left out where it cannot be had or is longer (`onStapleFailed`). Default false.
   */
  readonly staple?: boolean
}

/** Whom a request of MCP is for, and which it is. */
export interface McpMetaOptions extends PresentMcpOptions {
  readonly request: ProtocolRequest
}

/** Members for `params._meta` of a request of MCP. */
export interface McpMeta {
  readonly [PRESENTATION_META_KEY]: string
  readonly [STAPLE_META_KEY]?: JsonObject
  readonly [other: string]: unknown
}

/** Makes a token of the chain held, for where it travels in MCP. @throws {ProcuraError} As `Agent.token` says. */
export async function presentInMeta(
  context: AgentContext,
  { staple = false, ...options }: McpMetaOptions,
): Promise<McpMeta> {
  const token = await presentToken(context, options)
  const { ports, keeper } = context
  const made = staple ? await ports.staples.make(keeper.held.links) : undefined
  return { [PRESENTATION_META_KEY]: token, ...(made === undefined ? {} : { [STAPLE_META_KEY]: made }) }
}

/** Makes a token of the chain held. @throws {ProcuraError} As `Agent.token` says. */
export async function presentToken(
  { keeper, keys, ports }: AgentContext,
  { audience, lifetime = '5m', request, actions }: PresentTokenOptions,
): Promise<string> {
  const seconds = parseDuration(lifetime, 'lifetime') / 1000
  if (!Number.isInteger(seconds) || seconds > MAX_PRESENTATION_SECONDS)
    throw invalidArgument(`lifetime must be whole seconds, at most ${MAX_PRESENTATION_SECONDS}`)
  const { origin } = new URL(readAudience(audience))
  const held = await keeper.usable()
  return signVpJwt({
    texts: await discloseChain(held.tokens, { origin, ...(actions === undefined ? {} : { actions }) }),
    audience,
    signer: keys.of(held),
    now: ports.clock(),
    lifetimeSeconds: seconds,
    ...(request === undefined ? {} : { request }),
    random: ports.random,
  })
}

function invalidArgument(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', message)
}
