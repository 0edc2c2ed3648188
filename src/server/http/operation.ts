import type { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import type { ProblemCode } from '../api-error.ts'
import type { Route } from './route.ts'

/** Media type of all bodies, and of most answers. */
export const JSON_TYPE = 'application/json'

/**
 * What goes over the wire at one route. The OpenAPI document is made of it, and every answer that the tests get is held against
 * it.
 */
export interface Operation {
  /** What generated clients call it: `createAgent`. Unique. */
  readonly id: string
  /** One sentence without its subject and its full stop. */
  readonly summary: string
  /** JSON Schemas of the query parameters, none of which is required. Default: none. */
  readonly query?: Readonly<Record<string, JsonObject>>
  /** Default: there is none. */
  readonly body?: z.ZodType
  /** Media type of a body that is a text instead. */
  readonly text?: string
  /** Whether requests with one `Idempotency-Key` have one effect. Default false. */
  readonly isIdempotent?: boolean
  /** Default 200. */
  readonly status?: 200 | 201 | 202 | 204
  /** What is answered, by media type: JSON, or a text where the type is none of JSON. None: no body. */
  readonly answers: Readonly<Record<string, z.ZodType>>
  /** JSON of 400 where a standard says what it is, beside problems. */
  readonly error?: z.ZodType
  /** What it may be refused with beside what {@link commonProblems} lists. */
  readonly problems?: readonly ProblemCode[]
}

/** How a route is called and with what. */
export interface OperationPlace {
  readonly operation: Operation
  readonly path: string
  readonly access: Route['access']
}

/** What a signed route refuses whatever it does. */
const SIGNED: readonly ProblemCode[] = [
  'signature_required',
  'signature_invalid',
  'unknown_principal',
  'replayed',
  'body_too_large',
]

/** Where callers have roles, and may come with a token instead. */
const OF_ROLES: readonly ProblemCode[] = ['token_invalid', 'forbidden']

/** With every problem that its form brings with it, a body or an id in the path. */
export function problemsOf({ operation, path, access }: OperationPlace): readonly ProblemCode[] {
  const isPublic = access === 'public'
  const { body, query, problems = [] } = operation
  return [
    ...new Set<ProblemCode>([
      'malformed_request',
      ...(isPublic ? [] : SIGNED),
      ...(typeof access === 'string' ? [] : OF_ROLES),
      ...(path.includes('/:') ? (['not_found'] as const) : []),
      ...(body === undefined
        ? []
        : (['malformed_json', 'unsupported_media_type', 'invalid_request'] as const)),
      ...(query === undefined || isPublic ? [] : (['invalid_request'] as const)),
      ...problems,
      'rate_limited',
      'internal',
      'unavailable',
    ]),
  ]
}
