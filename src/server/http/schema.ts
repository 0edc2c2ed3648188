import { z } from 'zod'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { MAX_GRACE_SECONDS } from '../../issuer/rotate-party-key.ts'
import type { Did } from '../../model/did.ts'
import { parseKeyDid } from '../../model/did-methods.ts'
import { MAX_GRANTS } from '../../model/grant.ts'
import { grantRule } from '../../model/grant-rules.ts'
import { isName, isPurpose, isToken } from '../../model/text.ts'
import { ApiError, type InvalidMember } from '../api-error.ts'
import { named } from './named-schema.ts'

/** What is said of another type where an object must be. */
export const NO_OBJECT = 'must be an object'

/** A short text for people, which cannot deceive a reader. */
export const nameSchema: z.ZodType<string> = z
  .string()
  .refine(isName, 'must have 1 to 128 characters, none that hides or reorders text')
  .meta({ minLength: 1, maxLength: 128 })

/** A longer text for people: a purpose, a reason. */
export const purposeSchema: z.ZodType<string> = z
  .string()
  .refine(isPurpose, 'must have 1 to 512 characters, none that hides or reorders text')
  .meta({ minLength: 1, maxLength: 512 })

/** A short name for machines. */
export const tokenSchema: z.ZodType<string> = z
  .string()
  .refine(isToken, 'must have 1 to 128 characters, all of them visible ASCII')
  .meta({ pattern: '^[!-~]{1,128}$' })

/** A DID that is its own key; whether the key is of a known type is found out by resolving it. */
export const didSchema: z.ZodType<Did> = z
  .custom<Did>(
    (value) => typeof value === 'string' && parseKeyDid(value) !== undefined,
    'must be a did:key or did:jwk, without path or fragment',
  )
  .meta({ type: 'string', pattern: '^did:(key|jwk):[A-Za-z0-9_-]+$' })

/** An object of RFC 9396; the parser of grants says more. */
const grantSchema = named(
  'Grant',
  z
    .custom<JsonObject>((value) => isJsonObject(value as Json), NO_OBJECT)
    .meta({
      type: 'object',
      description: 'docs/spec/03-grants.md',
      required: ['type', 'locations', 'actions'],
      properties: {
        type: { type: 'string' },
        locations: { type: 'array', items: { type: 'string' }, minItems: 1 },
        actions: { type: 'array', items: { type: 'string' }, minItems: 1 },
        identifiers: { type: 'array', items: { type: 'string' } },
        constraints: { type: 'array', items: { type: 'object', required: ['kind'] } },
        inheritable: { type: 'boolean' },
      },
    }),
  { type: 'api', locations: ['https://mail.example/'], actions: ['mail.read'] },
)

/** Objects of `authorizationDetails`, at least one. */
export const detailsSchema: z.ZodType<readonly JsonObject[]> = z
  .array(grantSchema)
  .min(1, grantRule('authorizationDetails'))
  .max(MAX_GRANTS, grantRule('authorizationDetails'))

/**
 * A whole number, with one sentence for whatever else it is.
 *
 * @param what What is counted: `links`.
 */
export function wholeSchema(min: number, max: number, what: string): z.ZodType<number> {
  const rule = `must be a whole number, ${min} to ${max} ${what}`
  return z.int(rule).min(min, rule).max(max, rule)
}

/** Body of `suspend` and `revoke`. */
export const reasonSchema: z.ZodType<{ readonly reason: string }> = named(
  'Reason',
  z.strictObject({ reason: purposeSchema }),
  { reason: 'left the company' },
)

/** How long what rests on an old key can still be presented. */
export const graceSchema: z.ZodType<number> = wholeSchema(0, MAX_GRACE_SECONDS, 'seconds (a day)')

/** Body of the verbs that take nothing. */
export const emptySchema: z.ZodType<Record<string, never>> = named('Nothing', z.strictObject({}), {})

/**
 * Reads a body. Members that the schema does not name are refused, so that nothing can be set that is not the
 * caller's to set.
 *
 * @throws {ApiError} `invalid_request` with a pointer for each member at fault.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: JsonObject): T {
  const parsed = schema.safeParse(body, { error: sentenceOf })
  if (parsed.success) return parsed.data
  throw new ApiError('invalid_request', { errors: parsed.error.issues.flatMap(toInvalid) })
}

/** The problem of one member, found by something other than a schema. */
export function invalidMember(pointer: string, message: string): ApiError {
  return new ApiError('invalid_request', { errors: [{ pointer, message }] })
}

function toInvalid(issue: z.core.$ZodIssue): readonly InvalidMember[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: toPointer([...issue.path, key]),
      message: 'is not a member here',
    }))
  }
  return [{ pointer: toPointer(issue.path), message: issue.message }]
}

/** What types are called. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
])

/** What is wrong with a member whose schema does not say it itself, as a sentence without its subject. */
function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing'
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES.get(issue.expected) ?? 'of another type'}`
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
    case 'too_big':
      return `must have at most ${issue.maximum} ${unitOf(issue.origin)}`
    case 'too_small':
      return `must have at least ${issue.minimum} ${unitOf(issue.origin)}`
    default:
      return undefined
  }
}

/** Of lists and texts; numbers have sentences of their own, {@link wholeSchema}. */
function unitOf(origin: string): string {
  return origin === 'array' ? 'entries' : 'characters'
}

/** RFC 6901. */
function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
