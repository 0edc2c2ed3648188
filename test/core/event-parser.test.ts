import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventParser, type ServerEvent } from '../../src/core/event-parser.ts'

function parse(parts: readonly string[], maxChars = 100): readonly ServerEvent[] | undefined {
  const parser = new EventParser(maxChars)
  const events: ServerEvent[] = []
  for (const part of parts) {
    const more = parser.add(part)
    if (more === undefined) return undefined
    events.push(...more)
  }
  return events
}

it.each<[string, string, ServerEvent[]]>([
  ['one event', 'event: head\nid: 7\ndata: x\n\n', [{ event: 'head', data: 'x' }]],
  ['no space after the colon', 'event:head\ndata:x\n\n', [{ event: 'head', data: 'x' }]],
  ['only the first space left out', 'data:  x: y\n\n', [{ event: '', data: ' x: y' }]],
  ['several lines of data', 'data: a\ndata: b\n\n', [{ event: '', data: 'a\nb' }]],
  ['CRLF', 'event: head\r\ndata: x\r\n\r\n', [{ event: 'head', data: 'x' }]],
  [
    'two events',
    'data: a\n\nevent: b\ndata: c\n\n',
    [
      { event: '', data: 'a' },
      { event: 'b', data: 'c' },
    ],
  ],
  ['comments and unknown fields', ': hello\nretry: 5\nother\ndata: x\n\n', [{ event: '', data: 'x' }]],
  ['no event without data', 'event: head\n\ndata: x\n\n', [{ event: '', data: 'x' }]],
  ['no event that has not ended', 'data: x\n', []],
])('reads %s', (_, text, events) => {
  expect(parse([text])).toEqual(events)
})

it('reads the same however the text is cut', () => {
  const text = 'event: head\r\ndata: one\ndata: two\n\n:\n\ndata: three\n\n'
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length]
      const parts = at.slice(1).map((end, i) => text.slice(at[i], end))
      expect(parse(parts)).toEqual(parse([text]))
    }),
  )
})

it.each<[string, string]>([
  ['a line', 'x'.repeat(101)],
  ['the data of an event', 'data: xxxxx\n'.repeat(20)],
  ['the name of an event', `event: ${'x'.repeat(90)}\ndata: ${'x'.repeat(20)}`],
])('gives %s up that is too long, cut or not', (_, text) => {
  expect(parse([text])).toBeUndefined()
  expect(parse([...text])).toBeUndefined()
})

it('goes on for ever while each event is short', () => {
  expect(parse(Array.from({ length: 1000 }, () => ': a comment\ndata: x\n\n'))).toHaveLength(1000)
})
