import { describe, expect, it } from 'vitest'
import { actAsExpected, proveSubject, type Subject } from './subject.ts'

function subject(changes: Partial<Subject<string>> = {}): Subject<string> {
  return {
    name: 'a reader',
    items: [],
    act: (item) => (item === 'good' ? 'verified' : 'refused'),
    trials: [
      { what: 'good', item: 'good' },
      { what: 'forged', item: 'bad' },
    ],
    ...changes,
  }
}

describe('a subject', () => {
  it('passes when it accepts the good and refuses the rest, be it by throwing', async () => {
    const throwing = (item: string) => (item === 'good' ? 'verified' : JSON.parse('{'))

    await expect(proveSubject(subject())).resolves.toBeUndefined()
    await expect(proveSubject(subject({ act: throwing }))).resolves.toBeUndefined()
  })

  it.each([
    ['accepts everything', 'verified'],
    ['accepts nothing', 'refused'],
  ])('is not timed when it %s', async (_, answer) => {
    await expect(proveSubject(subject({ act: () => answer }))).rejects.toThrow('a reader answers')
  })

  it('is not timed when nobody shows it something forged', async () => {
    const trials = [{ what: 'good' as const, item: 'good' }]

    await expect(proveSubject(subject({ trials }))).rejects.toThrow('not put to the test')
  })

  it('ends the benchmark when it answers otherwise while it is timed', async () => {
    await expect(actAsExpected(subject(), 'good')).resolves.toBeUndefined()
    await expect(actAsExpected(subject(), 'bad')).rejects.toThrow('answers refused and not verified')
    await expect(actAsExpected(subject({ expected: 'refused' }), 'bad')).resolves.toBeUndefined()
  })
})
