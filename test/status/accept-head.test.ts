import { describe, expect, it } from 'vitest'
import { acceptHead, isBehind } from '../../src/status/accept-head.ts'
import { codeOf, DIGEST, NOW, openedHead } from './fixtures.ts'

const OTHER = `B${'A'.repeat(42)}`

describe('acceptHead', () => {
  it('takes the first head, whatever its seq', async () => {
    const head = await openedHead({ seq: 41 })

    expect(acceptHead(undefined, head)).toEqual({ verdict: { verified: true, value: head } })
  })

  it('takes the next head when it names the one before', async () => {
    const held = await openedHead({ seq: 4 })
    const next = await openedHead({ seq: 5, prev: held.digest, iatMs: NOW + 10_000 })

    expect(acceptHead(held, next)).toEqual({ verdict: { verified: true, value: next } })
  })

  it('takes a later head without having seen those between', async () => {
    const held = await openedHead({ seq: 4 })
    const next = await openedHead({ seq: 9, prev: OTHER, iatMs: NOW })

    expect(acceptHead(held, next).verdict).toEqual({ verified: true, value: next })
  })

  it('takes the head that is held once more, without a word', async () => {
    const held = await openedHead({ seq: 4 })

    expect(acceptHead(held, await openedHead({ seq: 4 }))).toEqual({
      verdict: { verified: true, value: held },
    })
  })

  it('refuses an older head as a rollback, which may be a cache and no crime [L4]', async () => {
    const old = await openedHead({ seq: 4 })
    const held = await openedHead({ seq: 5, prev: old.digest })

    for (const next of [old, await openedHead({ seq: 3 })]) {
      const ruling = acceptHead(held, next)
      expect(codeOf(ruling.verdict)).toBe('status_rollback')
      expect(isBehind(ruling.verdict)).toBe(true)
      expect(ruling.alarm).toBeUndefined()
    }
  })

  it.each([
    ['that the one held does not follow', { seq: 4 }],
    ['of a later time', { seq: 3, iatMs: NOW + 1 }],
  ])('keeps both as evidence of an older head %s [L4] [MR-03]', async (_, changes) => {
    const held = await openedHead({ seq: 5, prev: OTHER })
    const presented = await openedHead(changes)
    const ruling = acceptHead(held, presented)

    expect(isBehind(ruling.verdict)).toBe(false)
    expect(ruling.alarm).toEqual({ kind: 'head_conflict', held, presented })
  })

  it.each([
    ['the same seq and another root', { seq: 4, root: OTHER }],
    ['the same seq and another time', { seq: 4, iatMs: NOW + 1 }],
    ['a time before the one held', { seq: 6, iatMs: NOW - 1 }],
    ['the next seq after another head', { seq: 5, prev: DIGEST }],
  ])('keeps both as evidence and raises an alarm for %s [L4]', async (_, changes) => {
    const held = await openedHead({ seq: 4 })
    const presented = await openedHead(changes)
    const ruling = acceptHead(held, presented)

    expect(codeOf(ruling.verdict)).toBe('status_rollback')
    expect(ruling.alarm).toEqual({ kind: 'head_conflict', held, presented })
  })
})
