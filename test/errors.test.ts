import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ProcuraError } from '../src/errors.ts'

describe('a thrown error', () => {
  it('has a code, and prints nothing that it does not have', () => {
    const error = new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'index must not be negative')

    expect(inspect(error)).toContain("code: 'ERR_PROCURA_INVALID_ARGUMENT'")
    expect(inspect(error)).not.toContain('undefined')
    expect('problem' in error).toBe(false)
  })

  it('has what the issuer said, where one did', () => {
    const problem = { status: 404, code: 'not_found' }

    expect(new ProcuraError('ERR_PROCURA_ISSUER_REFUSED', 'no', { problem }).problem).toEqual(problem)
  })
})
