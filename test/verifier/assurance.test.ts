import { describe, expect, it } from 'vitest'
import { readAssurance } from '../../src/verifier/assurance.ts'

describe('levels of assurance', () => {
  it('are texts, not what can be read as one', () => {
    const read = (level: unknown) => () => readAssurance({ levels: [level], minimum: { '*': level } })

    expect(read('mfa')).not.toThrow()
    expect(read(['mfa'])).toThrow(expect.objectContaining({ code: 'ERR_PROCURA_INVALID_CONFIGURATION' }))
  })
})
