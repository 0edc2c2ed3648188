import { ApiError } from '../api-error.ts'

/**
 * The problem of somebody who asks too much.
 *
 * @param waitMs Milliseconds until the window that is counted ends; said in whole seconds, one at least.
 * @param what What is counted: `changes by this caller`.
 */
export function rateLimited(waitMs: number, what: string): ApiError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return new ApiError('rate_limited', {
    detail: `too many ${what} within a minute`,
    headers: { 'retry-after': String(seconds) },
  })
}
