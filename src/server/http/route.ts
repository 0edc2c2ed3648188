import type { Role } from '../../issuer/records.ts'
import type { KeyCall, PublicCall, SignedCall } from './call.ts'
import type { Operation } from './operation.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A route that anyone may call, without a signature. */
export interface PublicRoute {
  readonly access: 'public'
  readonly method: Method
  /** Segments; `:name` stands for one segment that is an id, `*name` for any one segment, as it was sent. */
  readonly path: string
  readonly operation: Operation
  handle(call: PublicCall): Promise<Response>
}

/** A route for whoever signs, with any key: what the caller may do is told by something else in the request. */
export interface KeyRoute {
  readonly access: 'key'
  readonly method: Method
  readonly path: string
  readonly operation: Operation
  handle(call: KeyCall): Promise<Response>
}

/** A route for principals with one of these roles; what is theirs is decided by the handler. */
export interface SignedRoute {
  readonly access: readonly Role[]
  readonly method: Method
  readonly path: string
  readonly operation: Operation
  handle(call: SignedCall): Promise<Response>
}

export type Route = PublicRoute | KeyRoute | SignedRoute

export interface RouteMatch {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** Finds routes by path. */
export class Router {
  readonly #routes: readonly { readonly route: Route; readonly segments: readonly string[] }[]

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, segments: route.path.split('/') }))
  }

  /** Every route of this path, whatever its method; none when the path does not exist. */
  match(path: string): readonly RouteMatch[] {
    const given = path.split('/')
    return this.#routes.flatMap(({ route, segments }) => {
      const params = matchSegments(segments, given)
      return params === undefined ? [] : [{ route, params }]
    })
  }
}

function matchSegments(
  wanted: readonly string[],
  given: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = Object.create(null)
  for (const [i, segment] of wanted.entries()) {
    const text = given[i] ?? ''
    const value = readParam(segment, text)
    if (value !== undefined) params[segment.slice(1)] = value
    else if (segment !== text) return undefined
  }
  return params
}

/** The value of a segment that stands for something; `undefined` when it does not, or not for this text. */
function readParam(segment: string, text: string): string | undefined {
  if (segment.startsWith(':')) return decodeSegment(text)
  return segment.startsWith('*') && text !== '' ? text : undefined
}

/** What ids are made of. Anything else, a slash in disguise above all, names nothing that exists. */
export const ID_PATTERN: RegExp = /^[A-Za-z0-9._~:-]+$/

/** `urn%3Auuid%3A…` is `urn:uuid:…`: clients that build paths escape the colon. */
function decodeSegment(segment: string): string | undefined {
  const text = segment.replaceAll(/%3a/gi, ':')
  return ID_PATTERN.test(text) ? text : undefined
}
