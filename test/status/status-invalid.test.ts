import { describe, expect, it } from 'vitest'
import { refuse } from '../../src/refusal.ts'
import { asStatusInvalid } from '../../src/status/status-invalid.ts'

describe('what another noun refuses of a status signal', () => {
  it('reads as status_invalid, and keeps what says why if anything does', () => {
    expect(asStatusInvalid(refuse('signature_invalid', { dimension: 'kid' }))).toStrictEqual(
      refuse('status_invalid', { dimension: 'kid' }),
    )
    expect(asStatusInvalid(refuse('malformed'))).toStrictEqual(refuse('status_invalid'))
  })
})
