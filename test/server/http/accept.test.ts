import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { preferredType } from '../../../src/server/http/accept.ts'

const OFFERED = ['application/json', 'application/vc+jwt', 'application/vc'] as const

describe('preferredType', () => {
  it.each([
    [null, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/vc', 'application/vc'],
    ['Application/VC+JWT', 'application/vc+jwt'],
    ['text/html, application/vc;q=0.1', 'application/vc'],
    ['application/json;q=0.5, application/vc;q=0.6', 'application/vc'],
    ['application/vc;q=0.5,application/vc+jwt ; q=0.500', 'application/vc+jwt'],
    ['application/vc, application/json', 'application/json'],
    ['*/*;q=0.1, application/vc+jwt;q=0.2', 'application/vc+jwt'],
    ['application/json;q=0, */*', 'application/vc+jwt'],
    ['application/*;q=0, application/vc;q=0.3', 'application/vc'],
    ['application/vc;profile="a,b;q=0", application/json;q=0.9', 'application/vc'],
    ['application/vc;profile="\\",";q=0.2, application/json;q=0.1', 'application/vc'],
    ['application/vc;q=0.1;ext=1', 'application/vc'],
    ['application/vc;q=2, application/vc+jwt;q=0.1', 'application/vc+jwt'],
  ])('of %s is %s', (accept, type) => {
    expect(preferredType(accept, OFFERED)).toBe(type)
  })

  it.each([
    'text/html',
    'application/vc;q=0',
    'application/vc;q=1.5',
    'application/vc;q=',
    'application',
    'application/vcx',
    'application/json;q=0, application/vc;q=0, application/vc+jwt;q=0, */*;q=0.000',
    '*/*;q=0',
    ';;;,,,"',
  ])('of %s is none', (accept) => {
    expect(preferredType(accept, OFFERED)).toBeUndefined()
  })

  it('looks at a bounded number of ranges', () => {
    const many = (count: number) => `${'text/html,'.repeat(count)}application/vc`

    expect(preferredType(many(63), OFFERED)).toBe('application/vc')
    expect(preferredType(many(64), OFFERED)).toBeUndefined()
  })

  it('never throws, and answers only what is on offer', () => {
    const parts = fc.constantFrom(...'*/*', 'application/vc', ';', ',', 'q=0.5', '"', '\\', ' ', 'q=0')
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 20 }), (accept) => {
        const type = preferredType(accept.join(''), OFFERED)

        expect([...OFFERED, undefined]).toContain(type)
      }),
    )
  })
})
