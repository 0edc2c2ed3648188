import { describe, expect, it } from 'vitest'
import { EventTail, isEventStream, lastEvent } from '../../src/adapters/event-stream.ts'

describe('an event stream', () => {
  it.each([
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=utf-8', true],
    ['application/json', false],
    ['text/event-streams', false],
    [undefined, false],
  ])('is told by its media type: %s', (type, isOne) => {
    expect(isEventStream(type)).toBe(isOne)
  })

  it('ends with an event that says the code and nothing else', () => {
    const refusal = { code: 'revoked', link: 1, authenticated: true, retryable: false } as const

    expect(lastEvent(refusal)).toBe('event: delegation-ended\ndata: {"code":"revoked"}\n\n')
  })

  it.each<[string, readonly (string | Uint8Array)[], boolean]>([
    ['nothing', [], true],
    ['an event', ['data: a\n\n'], true],
    ['an event in bytes', [new TextEncoder().encode('data: é\r\n\r\n')], true],
    ['an event in carriage returns', ['data: a\r\r'], true],
    ['an event in parts', ['da', 'ta: a\n', '\n'], true],
    ['an event by the byte', [...'data: a\r\n\r\n'], true],
    ['half a line', ['data: a\n\ndata: b'], false],
    ['half an event', ['data: a\n'], false],
    ['a line that ends in part', ['data: a\r\n\r'], false],
  ])('may go on with an event of ours after %s: %#', (_, parts, isBetween) => {
    const tail = new EventTail()

    for (const part of parts) tail.add(part)

    expect(tail.isBetweenEvents).toBe(isBetween)
  })
})
