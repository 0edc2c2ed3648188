import type { z } from 'zod'
import { ApiError } from '../api-error.ts'
import { found } from '../authorize.ts'
import type { SignedCall } from '../http/call.ts'
import { ID_PATTERN } from '../http/route.ts'
import { parseBody } from '../http/schema.ts'
import { type Stream, streamOf } from './stream.ts'

/** A stream of the caller; another one's is as if it were not there. @throws {ApiError} `not_found` */
export async function ownStream({ service, principal }: SignedCall, id: string): Promise<Stream> {
  const named = found(ID_PATTERN.test(id) ? id : undefined)
  const subscription = await service.issuer.store.subscription(principal.tenant, named)
  const stream = found(subscription && streamOf(subscription))
  return found(stream.receiver === principal.did ? stream : undefined)
}

/** The stream that the query names. @throws {ApiError} `malformed_request`, `not_found` */
export function askedStream(call: SignedCall): Promise<Stream> {
  const id = call.query.get('stream_id')
  if (id === null) throw malformed('stream_id is missing')
  return ownStream(call, id)
}

/** Like `parseBody`, with the status that SSF has for it. @throws {ApiError} `malformed_request` */
export function parseSsf<T>(schema: z.ZodType<T>, body: SignedCall['body']): T {
  try {
    return parseBody(schema, body)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'invalid_request') throw error
    throw new ApiError('malformed_request', error.facts)
  }
}

export function malformed(detail: string): ApiError {
  return new ApiError('malformed_request', { detail })
}
