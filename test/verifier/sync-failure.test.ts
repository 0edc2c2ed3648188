import { describe, expect, it } from 'vitest'
import { accept, refuse } from '../../src/refusal.ts'
import { failureOf, standingAt } from '../../src/verifier/sync-failure.ts'

const URL = 'https://id.example/status/head'

describe('failureOf', () => {
  it('tells the code, and of what it is when that is known', () => {
    const withDimension = {
      verified: false,
      refusal: { code: 'status_invalid', dimension: 'digest' },
    } as const

    expect(failureOf(withDimension)).toStrictEqual({ code: 'status_invalid', dimension: 'digest' })
    expect(failureOf({ verified: false, refusal: { code: 'status_stale' } })).toStrictEqual({
      code: 'status_stale',
    })
  })
})

describe('standingAt', () => {
  it('names where what was refused stands', () => {
    expect(standingAt(URL, refuse('status_invalid'))).toMatchObject({ fault: { url: URL } })
  })

  it('leaves what was accepted, and a document that is named already, as it is', () => {
    for (const verdict of [accept(1), refuse('did_unresolvable')])
      expect(standingAt(URL, verdict)).toBe(verdict)
  })
})
