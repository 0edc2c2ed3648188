import { isJsonObject, type Json, type JsonObject, member } from '../../core/json.ts'
import type { Ask } from '../../verifier/presentation.ts'
import type { Request } from './protocol.ts'

/** What a call of a tool, or another request, asks for. */
export interface McpRule {
  /** Dotted name, compared exactly: `mail.send`. */
  readonly action: string
  /**
   * The resource acted on, or how to take it from the arguments of the tool, or from the `params` of another request.
   * They are what was received, in no checked form; what throws refuses the request. Default: none, which grants that
   * are limited to identifiers do not allow.
   */
  readonly identifier?: string | ((args: JsonObject) => string | undefined)
}

/** What requests ask for; those that are not named are refused. */
export interface McpRules {
  readonly tools: Readonly<Record<string, McpRule>>
  readonly requests?: Readonly<Record<string, McpRule>>
}

/** Where a rule for a request would stand, and does not. */
export function ruleFor({ method }: Request): keyof McpRules {
  return method === 'tools/call' ? 'tools' : 'requests'
}

/**
 * What a request asks of the grants: a rule's action and identifier, with the arguments of the tool, or the other
 * parameters of another request, for constraints.
 *
 * @returns `undefined` when no rule names the request.
 */
export function askOf(request: Request, { tools, requests = {} }: McpRules): Ask | undefined {
  const { method, params } = request
  if (method !== 'tools/call') {
    const { _meta, ...rest } = params
    return apply(own(requests, method), rest)
  }
  const args = member(params, 'arguments')
  return apply(own(tools, member(params, 'name')), isJsonObject(args) ? args : undefined)
}

function apply(rule: McpRule | undefined, args: JsonObject | undefined): Ask | undefined {
  if (rule === undefined) return undefined
  const { action, identifier } = rule
  const resource = typeof identifier === 'function' ? identifier(args ?? {}) : identifier
  return {
    action,
    ...(resource === undefined ? {} : { identifier: resource }),
    ...(args === undefined ? {} : { arguments: args }),
  }
}

function own<T>(rules: Readonly<Record<string, T>>, name: Json | undefined): T | undefined {
  return typeof name === 'string' && Object.hasOwn(rules, name) ? rules[name] : undefined
}
