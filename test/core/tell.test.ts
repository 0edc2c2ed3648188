import { expect, it } from 'vitest'
import { tell } from '../../src/core/tell.ts'
import { uncaughtDuring } from '../helpers/uncaught.ts'

it('tells a listener in a turn of its own', async () => {
  const heard: string[] = []
  tell(({ kind }) => heard.push(kind), { kind: 'news' })

  expect(heard).toEqual([])
  await Promise.resolve()
  expect(heard).toEqual(['news'])
})

it('drops what a listener throws or rejects with, which would end the process', async () => {
  const heard: string[] = []
  const fail = () => {
    heard.push('thrown')
    throw new Error('on purpose')
  }
  const reject = async () => {
    heard.push('rejected')
    throw new Error('on purpose')
  }
  const uncaught = await uncaughtDuring(async () => {
    tell(fail, {})
    tell(reject, {})
  })
  const control = await uncaughtDuring(async () => {
    queueMicrotask(fail)
    void reject()
  })

  expect(uncaught).toEqual([])
  expect(control).toHaveLength(2)
  expect(heard).toHaveLength(4)
})
