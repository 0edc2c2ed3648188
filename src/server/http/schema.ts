import { z } from 'zod'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Did } from '../../model/did.ts'
import { parseKeyDid } from '../../model/did-methods.ts'
import { MAX_GRANTS } from '../../model/grant.ts'
import { isName, isPurpose, isToken } from '../../model/text.ts'
import { ApiError, type InvalidMember } from '../api-error.ts'

/** A short text for people, which cannot deceive a reader. */
export const nameSchema: z.ZodType<string> = z
  .string()
  .refine(isName, '1 to 128 characters, none that hides or reorders text')

/** A longer text for people: a purpose, a reason. */
export const purposeSchema: z.ZodType<string> = z
  .string()
  .refine(isPurpose, '1 to 512 characters, none that hides or reorders text')

/** A short name for machines. */
export const tokenSchema: z.ZodType<string> = z.string().refine(isToken, '1 to 128 visible ASCII characters')

/** A DID that is its own key; whether the key is of a known type is found out by resolving it. */
export const didSchema: z.ZodType<Did> = z.custom<Did>(
  (value) => typeof value === 'string' && parseKeyDid(value) !== undefined,
  'a did:key or did:jwk, without path or fragment',
)

/** Objects of `authorizationDetails`, at least one; what is in them is for the parser of grants to say. */
export const detailsSchema: z.ZodType<readonly JsonObject[]> = z
  .array(z.custom<JsonObject>((value) => isJsonObject(value as Json), 'an object is wanted'))
  .min(1)
  .max(MAX_GRANTS)

/** Body of `suspend`, `revoke`, `offboard`. */
export const reasonSchema: z.ZodType<{ readonly reason: string }> = z.strictObject({ reason: purposeSchema })

/** Body of the verbs that take nothing. */
export const emptySchema: z.ZodType<Record<string, never>> = z.strictObject({})

/**
 * Reads a body. Members that the schema does not name are refused, so that nothing can be set that is not the
 * caller's to set.
 *
 * @throws {ApiError} `invalid_request` with a pointer for each member at fault.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: JsonObject): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new ApiError('invalid_request', { errors: parsed.error.issues.flatMap(toInvalid) })
}

/** The problem of one member, found by something other than a schema. */
export function invalidMember(pointer: string, message: string): ApiError {
  return new ApiError('invalid_request', { errors: [{ pointer, message }] })
}

function toInvalid(issue: z.core.$ZodIssue): readonly InvalidMember[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: toPointer([...issue.path, key]), message: 'not a member' }))
  }
  return [{ pointer: toPointer(issue.path), message: issue.message }]
}

/** RFC 6901. */
function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
