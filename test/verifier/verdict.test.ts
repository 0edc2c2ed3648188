import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../src/refusal.ts'
import { completeRefusal } from '../../src/verifier/verdict.ts'

describe('a refusal', () => {
  it.each<[Refusal['code'], link: number, refresh: true | undefined]>([
    ['revoked', 0, true],
    ['revoked', 1, true],
    ['revoked', 2, undefined],
    ['expired', 0, true],
    ['key_not_authorized', 0, true],
    ['key_not_authorized', 1, undefined],
    ['expired', 1, true],
    ['expired', 2, undefined],
    ['suspended', 0, undefined],
  ])('of code %s at link %i says whether to fetch the chain again: %s', (code, link, refresh) => {
    expect(completeRefusal({ code, link }, true).refresh).toBe(refresh)
  })

  it.each<[Refusal, retryable: boolean]>([
    [{ code: 'status_stale', link: 1 }, true],
    [{ code: 'usage_exhausted', link: 1, retryAfterSeconds: 60 }, true],
    [{ code: 'usage_exhausted', link: 1 }, false],
    [{ code: 'revoked', link: 2 }, false],
  ])('says of %o whether it may pass later: %s', (refusal, retryable) => {
    expect(completeRefusal(refusal, false)).toEqual({ ...refusal, authenticated: false, retryable })
  })
})
