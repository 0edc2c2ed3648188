import { ProcuraError } from '../../errors.ts'
import { readActionName } from '../../verifier/action-name.ts'
import {
  assertIdentifier,
  assertListener,
  assertTarget,
  type KnownOptions,
  misconfigured,
  refuseUnknown,
} from '../known-options.ts'
import type { McpRule } from './ask-of.ts'
import { CallGuard } from './call-guard.ts'
import type { GuardOptions } from './judge-call.ts'
import type { Transport } from './protocol.ts'

/** `Server` of the SDK, or `McpServer` around one. */
export interface GuardedServer extends Connectable {
  readonly server?: Connectable
}

interface Connectable {
  connect(transport: Transport): Promise<void>
  /** The connection that there is. */
  readonly transport?: unknown
}

/**
 * Lets an MCP server of the official SDK, version 1 or 2, see a request only when its presentation allows it
 * (docs/spec/06-presenting.md §2.1): the token in `params._meta`, bound to this very method, tool and arguments and good
 * once; or, without one, the bearer token that the HTTP request was let in with, for actions whose policy allows
 * `bearer`. Handlers learn with {@link delegationOf} who calls.
 *
 * A refused request is answered with a JSON-RPC error, which no client takes for a result: `code` is the HTTP status,
 * `data` the problem details. Requests that no rule names are refused, but for `initialize`, `ping`, `server/discover`
 * and `tools/list`. A session belongs to the agent that was first verified in it.
 *
 * It looks at every message of every connection. What HTTP itself does with a session, its streams and its
 * end, never becomes a message: there `createTokenVerifier` and `sessionKey` stand in front.
 *
 * @returns The same server.
 * @throws {ProcuraError} `ERR_PROCURA_NOT_STARTED` for a server that is connected already, and was not guarded;
 *   `ERR_PROCURA_INVALID_CONFIGURATION` for an option that does not exist, and a rule that asks for nothing that there can be.
 */
export function guardServer<S extends GuardedServer>(server: S, options: GuardOptions): S {
  assertOptions(options)
  const inner = server.server ?? server
  if (inner.transport !== undefined)
    throw new ProcuraError('ERR_PROCURA_NOT_STARTED', 'guard the server before it is connected')
  const connect = inner.connect.bind(inner)
  inner.connect = (transport) => {
    guardTransport(transport, options)
    return connect(transport)
  }
  return server
}

/** Stands between a transport and the server from the moment at which the first message can arrive. */
function guardTransport(transport: Transport, options: GuardOptions): void {
  const start = transport.start.bind(transport)
  transport.start = async () => {
    const deliver = transport.onmessage
    if (deliver === undefined)
      throw new ProcuraError('ERR_PROCURA_NOT_STARTED', 'the server must take messages before it starts')
    const guard = new CallGuard(transport, deliver, options)
    transport.onmessage = (message, extra) => guard.receive(message, extra)
    await start()
  }
}

const GUARD_OPTIONS: KnownOptions<GuardOptions> = {
  verifier: true,
  target: true,
  tools: true,
  requests: true,
  onVerdict: true,
}

const RULE_MEMBERS: KnownOptions<McpRule> = { action: true, identifier: true }

/** What is wrong with a rule would be met only by the first call. */
function assertOptions(options: GuardOptions): void {
  refuseUnknown(options, GUARD_OPTIONS, 'guardServer()')
  const { tools, requests = {}, target = '/' } = options
  assertListener(options.onVerdict)
  assertTarget(target)
  if (typeof tools !== 'object' || tools === null) misconfigured('tools must map the names of tools to rules')
  for (const [name, rule] of [...Object.entries(tools), ...Object.entries(requests)]) {
    readActionName(rule?.action, `the action of the rule for ${name}`)
    refuseUnknown(rule, RULE_MEMBERS, `the rule for ${name}`)
    assertIdentifier(rule.identifier, `the identifier of the rule for ${name}`)
  }
}
