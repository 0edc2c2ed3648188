import { describe, expect, it } from 'vitest'
import { problemOf } from '../../src/adapters/problem.ts'
import { describeRefusal } from '../../src/describe-refusal.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import { completeRefusal } from '../../src/verifier/verdict.ts'

const HTTP: Record<string, number> = {
  not_authorized: 403,
  constraint_violated: 403,
  capability_escalated: 403,
  depth_exceeded: 403,
  tenant_mismatch: 403,
  environment_mismatch: 403,
  approval_required: 409,
  usage_exhausted: 429,
  limit_exceeded: 431,
  status_unavailable: 503,
  status_stale: 503,
  replay_unavailable: 503,
  usage_unavailable: 503,
  did_unresolvable: 503,
}

describe('a refusal as problem details', () => {
  it.each(REFUSAL_CODES)(
    '%s has its status, a sentence and, where it is due, a challenge or a pause',
    (code) => {
      const { status, headers, body } = problemOf(completeRefusal({ code }, true), 'https://mail.example')

      expect(status).toBe(HTTP[code] ?? 401)
      expect(body).toMatchObject({ code, status, detail: describeRefusal({ code }) })
      expect('www-authenticate' in headers).toBe(status === 401)
      expect('retry-after' in headers).toBe(status === 503)
    },
  )

  it('says which link, which dimension and whether it is inherited', () => {
    expect(describeRefusal({ code: 'revoked', link: 1, inherited: true })).toBe(
      'Link 1 of the delegation chain is revoked, for good, and with it everything below it.',
    )
    expect(describeRefusal({ code: 'not_authorized', link: 2, dimension: 'actions' })).toBe(
      'Link 2 of the delegation chain does not grant what is asked (actions); ask the owner for a grant that covers it.',
    )
    expect(describeRefusal({ code: 'not_authorized', link: 1, dimension: 'blocked.agents' })).toBe(
      'Link 1 of the delegation chain is not taken by this service for what is asked (blocked.agents); ask its operator.',
    )
  })

  it.each([
    ['holder_proof_invalid', 'signature', 'at exactly the origin that is the audience of the service'],
    ['constraint_violated', 'budget', 'in its currency'],
    ['status_unavailable', 'not_started', 'its operator has to call start() or sync()'],
    ['did_unresolvable', 'not_started', 'its operator has to call start() or sync()'],
    ['not_authorized', 'tools', 'no grant would help, its operator can add one'],
    ['limit_exceeded', 'signature', 'The presentation exceeds a limit of this service (signature).'],
  ] as const)('says of %s (%s) what would mend it', (code, dimension, fix) => {
    expect(describeRefusal({ code, dimension })).toContain(fix)
  })

  it.each(REFUSAL_CODES)('says of %s a sentence, of a link and of the whole', (code) => {
    expect(describeRefusal({ code, link: 1 })).toMatch(/^Link 1 of the delegation chain [a-z].*[a-z]\.$/)
    expect(describeRefusal({ code })).toMatch(/^(?:The|A|What|Whether) [^:;]+(?:; .*[a-z])?\.$/)
  })
})
