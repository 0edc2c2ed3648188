import { describe, expect, it } from 'vitest'
import { CliError } from '../../src/cli/cli-error.ts'
import { failureOf } from '../../src/cli/failure.ts'
import { type IssuerProblem, ProcuraError, type ProcuraErrorCode } from '../../src/errors.ts'

describe('failureOf', () => {
  it.each<[ProcuraErrorCode, number]>([
    ['ERR_PROCURA_INVALID_ARGUMENT', 2],
    ['ERR_PROCURA_INVALID_CONFIGURATION', 2],
    ['ERR_PROCURA_INVALID_KEY', 2],
    ['ERR_PROCURA_WIDER_THAN_PARENT', 3],
    ['ERR_PROCURA_DELEGATION_ENDED', 3],
    ['ERR_PROCURA_STORAGE', 1],
    ['ERR_PROCURA_ISSUER_UNREACHABLE', 1],
    ['ERR_PROCURA_LEASE_EXHAUSTED', 1],
  ])('ends with %s as %d', (code, exitCode) => {
    expect(failureOf(new ProcuraError(code, 'm'))).toEqual({ code, exitCode, message: 'm' })
  })

  it.each<[IssuerProblem, number]>([
    [{ status: 401, code: 'unknown_principal' }, 3],
    [{ status: 403, code: 'forbidden' }, 3],
    [{ status: 409, code: 'owner_offboarded' }, 3],
    [{ status: 422, code: 'exceeds_entitlements', dimension: 'actions' }, 3],
    [{ status: 422, code: 'chain_refused' }, 3],
    [{ status: 422, code: 'invalid_request' }, 1],
    [{ status: 404, code: 'not_found' }, 1],
    [{ status: 503, code: 'unavailable' }, 1],
  ])('ends with what the issuer said: %o as %d', (problem, exitCode) => {
    const error = new ProcuraError('ERR_PROCURA_ISSUER_REFUSED', 'the issuer refused', { problem })

    expect(failureOf(error)).toMatchObject({ code: problem.code, exitCode })
  })

  it.each([
    ['owner', 'the issuer refused (owner); `procura agent leases` shows how much is leased'],
    ['key_changes', 'the issuer refused (key_changes)'],
  ])('says of a quota of leases whose it is, and what shows it: %s', (dimension, message) => {
    const problem = { status: 409, code: 'quota_exceeded', dimension }
    const error = new ProcuraError('ERR_PROCURA_ISSUER_REFUSED', 'the issuer refused', { problem })

    expect(failureOf(error)).toEqual({ code: 'quota_exceeded', exitCode: 3, dimension, message })
  })

  it('is always one line', () => {
    expect(failureOf(new CliError('x', 'a\n  b\n')).message).toBe('a b')
    expect(failureOf(new TypeError('a\nb'))).toEqual({
      exitCode: 1,
      code: 'internal',
      message: 'internal error: a b',
    })
    expect(failureOf('thrown').message).toBe('internal error: thrown')
  })
})
