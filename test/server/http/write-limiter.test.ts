import { describe, expect, it } from 'vitest'
import type { Principal, Role } from '../../../src/issuer/records.ts'
import { ApiError } from '../../../src/server/api-error.ts'
import { WriteLimiter } from '../../../src/server/http/write-limiter.ts'

const START = Date.UTC(2026, 10, 22, 9)

function principal(name: string, role: Role = 'agent', tenant = 'acme'): Principal {
  return { tenant, did: `did:key:z${name}`, role }
}

function open(limits = { perPrincipal: 2, perTenant: 3 }) {
  let now = START
  const limiter = new WriteLimiter(limits, () => now)
  return { limiter, wait: (ms: number) => (now += ms) }
}

/** `Retry-After` of the refusal; `undefined` when it was let through. */
function take(limiter: WriteLimiter, by: Principal): string | undefined {
  try {
    limiter.take(by)
    return undefined
  } catch (error) {
    return (error as ApiError).facts.headers?.['retry-after']
  }
}

describe('the limit of writes', () => {
  it('is each caller’s own, and says in seconds when it goes on', () => {
    const { limiter, wait } = open()
    take(limiter, principal('A'))
    wait(10_500)
    expect(take(limiter, principal('A'))).toBeUndefined()

    expect(take(limiter, principal('A'))).toBe('50')
    expect(take(limiter, principal('B'))).toBeUndefined()
    wait(49_500)
    expect(take(limiter, principal('A'))).toBeUndefined()
  })

  it('is each tenant’s own: one that is flooded takes nothing from another [T1]', () => {
    const { limiter } = open()
    for (const name of ['A', 'B', 'C']) take(limiter, principal(name))

    expect(take(limiter, principal('D'))).toBe('60')
    expect(take(limiter, principal('E', 'agent', 'globex'))).toBeUndefined()
  })

  it.each(['admin', 'revoker'] as const)('lets the %s of a tenant that is flooded end it', (role) => {
    const { limiter } = open()
    for (const name of ['A', 'B', 'C']) take(limiter, principal(name))

    expect(take(limiter, principal('D', role))).toBeUndefined()
    expect(take(limiter, principal('E', 'owner'))).toBe('60')
  })

  it('does not count what it refuses', () => {
    const { limiter, wait } = open({ perPrincipal: 1, perTenant: 2 })
    for (let i = 0; i < 5; i++) take(limiter, principal('A'))

    expect(take(limiter, principal('B'))).toBeUndefined()
    wait(60_000)
    expect(take(limiter, principal('A'))).toBeUndefined()
  })

  it('begins anew when the clock went back', () => {
    const { limiter, wait } = open()
    take(limiter, principal('A'))
    take(limiter, principal('A'))
    wait(-3_600_000)

    expect(take(limiter, principal('A'))).toBeUndefined()
  })

  it('is a problem of the API', () => {
    const { limiter } = open({ perPrincipal: 0, perTenant: 0 })

    expect(() => limiter.take(principal('A'))).toThrow(ApiError)
    expect(() => limiter.take(principal('A'))).toThrow('rate_limited')
  })
})
