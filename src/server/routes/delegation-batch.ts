import type { WriteContext } from '../../issuer/ports.ts'
import { ApiError } from '../api-error.ts'
import { delegationBatchSchema, type NewDelegationBody } from '../contract/delegation-bodies.ts'
import { json } from '../http/answer.ts'
import type { SignedCall } from '../http/call.ts'
import { parseBody } from '../http/schema.ts'
import { problemBody } from '../problem-details.ts'
import { issueAsked, wholeView } from './delegation-request.ts'

/**
 * Issues each by itself, together with the others: what one is refused with says nothing of the rest. What is no refusal
 * fails the request as a whole; what was issued by then is answered when it is sent again under its idempotency key.
 */
export async function createBatch(call: SignedCall): Promise<Response> {
  const { delegations } = parseBody(delegationBatchSchema, call.body)
  // The request itself was counted as one.
  call.service.writes.take(call.principal, delegations.length - 1)
  const items = delegations.map((body, nth) => oneOf({ ...call, write: nthWrite(call.write, nth) }, body))
  return json({ items: await Promise.all(items) })
}

async function oneOf(call: SignedCall, body: NewDelegationBody): Promise<object> {
  try {
    const { value } = await issueAsked(call, body)
    return { delegation: wholeView(call.service, value) }
  } catch (error) {
    if (error instanceof ApiError) return { problem: problemBody(error, call.requestId) }
    throw error
  }
}

/** Each has an effect of its own under the key of the request. No caller can choose a key with a space in it. */
function nthWrite({ idempotency, ...write }: WriteContext, nth: number): WriteContext {
  if (idempotency === undefined) return write
  return { ...write, idempotency: { ...idempotency, key: `${idempotency.key} ${nth}` } }
}
