import { z } from 'zod'
import { PROBLEM_STATUS, type ProblemCode } from '../api-error.ts'
import { named } from '../http/named-schema.ts'

const CODES = Object.keys(PROBLEM_STATUS) as [ProblemCode, ...ProblemCode[]]

/** RFC 9457, as every refusal is answered. */
export const problemAnswer: z.ZodType = named(
  'Problem',
  z.strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(CODES),
    instance: z.string(),
    detail: z.exactOptional(z.string()),
    dimension: z.exactOptional(z.string()),
    errors: z.exactOptional(z.array(z.strictObject({ pointer: z.string(), message: z.string() }))),
    refusal: z.exactOptional(
      z.looseObject({
        code: z.string(),
        link: z.exactOptional(z.int()),
        dimension: z.exactOptional(z.string()),
      }),
    ),
    available: z.exactOptional(z.array(z.string())),
    limit: z.exactOptional(z.int()),
  }),
  {
    type: 'urn:procura:problem:not_found',
    title: 'There is no such thing',
    status: 404,
    code: 'not_found',
    instance: 'urn:uuid:5d7a8b1e-11c4-4a5e-9a2e-6a2f7c0e4d21',
  },
)

export const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'Requests with one key by one caller have one effect. It is covered by the signature.',
    schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
  },
} as const

export const HEADERS = {
  'X-Request-Id': {
    description: 'Names the call in log and audit trail.',
    schema: { type: 'string', format: 'uuid' },
  },
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } },
  Location: { description: 'Path of what was created.', schema: { type: 'string' } },
  'Idempotency-Replayed': {
    description: 'An earlier request with this key created it.',
    schema: { type: 'string', const: 'true' },
  },
} as const

export const SECURITY_SCHEMES = {
  signature: {
    type: 'http',
    scheme: 'signature',
    description:
      'RFC 9421 by the DID key of the caller, tag="procura-api", over @method, @target-uri and, with a body, content-digest and content-type (docs/api.md "Calling").',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'at+jwt',
    description: 'RFC 9068, of an OpenID provider that the operator listed, for this origin as audience.',
  },
} as const
