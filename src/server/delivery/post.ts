import type { Fetch } from '../../core/clock.ts'
import { causeOfError } from '../../core/fetch-bounded.ts'
import type { FetchCause } from '../../refusal.ts'
import type { DeliveryRequest } from './channel.ts'
import { askedPause } from './pauses.ts'

/** Time for one attempt, from connecting to the head of the answer, in milliseconds. */
export const DELIVERY_DEADLINE_MS = 10_000

/** How an attempt ended. */
export type Attempt =
  | { readonly httpStatus: number; readonly askedPauseMs: number }
  | { readonly problem: FetchCause | 'not_allowed' | 'not_signed' }

export interface PostOptions {
  readonly fetch: Fetch
  readonly now: number
  /** Ends it early. */
  readonly signal: AbortSignal
}

/** Posts a small body. Of the answer the status counts, its body is not read; a redirect is not followed. Never rejects. */
export async function post(
  endpoint: string,
  { headers, body }: DeliveryRequest,
  { fetch, now, signal }: PostOptions,
): Promise<Attempt> {
  const deadline = AbortSignal.timeout(DELIVERY_DEADLINE_MS)
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      redirect: 'manual',
      credentials: 'omit',
      headers,
      body: new Uint8Array(body),
      signal: AbortSignal.any([deadline, signal]),
    })
    await response.body?.cancel()
    const askedPauseMs = askedPause(response.headers.get('retry-after'), now)
    return { httpStatus: response.status, askedPauseMs }
  } catch (error) {
    return { problem: deadline.aborted ? 'timeout' : causeOfError(error) }
  }
}

/** Whether the receiver has taken it. */
export function isTaken(attempt: Attempt): boolean {
  return 'httpStatus' in attempt && attempt.httpStatus >= 200 && attempt.httpStatus < 300
}
