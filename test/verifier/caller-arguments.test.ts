import { describe, expect, it } from 'vitest'
import { readAsk, readRequest } from '../../src/verifier/caller-arguments.ts'
import { readQuestion } from '../../src/verifier/read-question.ts'

const INVALID = expect.objectContaining({ code: 'ERR_PROCURA_INVALID_ARGUMENT' })

describe('a request', () => {
  const request = { method: 'GET', target: '/inbox', header: () => undefined }

  it('is taken as it is when it has the shape that it needs', () => {
    expect(readRequest(request)).toBe(request)
  })

  it.each(['method', 'target', 'header'] as const)('is none without %s', (member) => {
    const { [member]: _, ...others } = request

    expect(() => readRequest(others as never)).toThrow(INVALID)
  })

  it('is not nothing', () => {
    expect(() => readRequest(undefined as never)).toThrow(INVALID)
  })
})

describe('a target', () => {
  const ask = { action: 'mail.read' }

  it('is a path', () => {
    expect(readQuestion(ask, '/mcp')).toEqual({ ask, target: '/mcp' })
  })

  it.each(['mcp', '', 7 as never, undefined as never, null as never])('is not %j', (target) => {
    expect(() => readQuestion(ask, target)).toThrow(INVALID)
  })
})

describe('what is asked', () => {
  it('is copied, with its arguments', () => {
    const given = { action: 'mail.send', arguments: { to: ['a'] } }
    const read = readAsk(given)
    given.arguments.to.push('b')

    expect(read).toEqual({ action: 'mail.send', arguments: { to: ['a'] } })
  })

  it('has no arguments where they cannot be copied, or there are none', () => {
    expect(readAsk({ action: 'mail.send', arguments: { to: (() => 1) as never } })).toEqual({
      action: 'mail.send',
    })
    expect(readAsk({ action: 'mail.send' })).toEqual({ action: 'mail.send' })
    expect(Object.keys(readAsk({ action: 'mail.send' }))).toEqual(['action'])
  })

  it.each([undefined, {}, { action: '' }, { action: 7 }])('is not %j', (ask) => {
    expect(() => readAsk(ask as never)).toThrow(INVALID)
  })
})
