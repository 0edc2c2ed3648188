import { expect, it } from 'vitest'
import type { Connection } from '../../../src/server/store/sql/database.ts'
import { TransactionLost } from '../../../src/server/store/sql/fault.ts'
import { answerReads } from '../../../src/server/store/sql/reader.ts'

/** A database without rows. @param changes What goes wrong. */
function database(changes: Partial<Connection> = {}): { readonly db: Connection; readonly begun: string[] } {
  const begun: string[] = []
  const db: Connection = {
    get: async () => undefined,
    all: async () => [],
    run: async () => 0,
    exec: async () => undefined,
    commit: async () => undefined,
    rollback: async () => undefined,
    ...changes,
    begin: async (access) => {
      begun.push(access)
      await changes.begin?.(access)
    },
  }
  return { db, begun }
}

const CALLS = [
  { id: 1, name: 'tenants', args: [] },
  { id: 2, name: 'tenant', args: ['acme'] },
]
const READ = [
  { id: 1, value: [] },
  { id: 2, value: undefined },
]

const lost = async () => {
  throw new TransactionLost('the connection is gone')
}

it('answers what was read, though the way to the database breaks before the transaction ends', async () => {
  const { db, begun } = database({ commit: lost })

  expect(await answerReads(db, CALLS)).toEqual({ answers: READ, changed: [] })
  expect(begun).toEqual(['read'])
})

it.each([
  ['before it begins', { begin: lost }],
  ['while it is asked', { all: lost }],
])('asks nothing again when the way to the database breaks %s', async (_, changes) => {
  const { db, begun } = database(changes)
  const { answers } = await answerReads(db, CALLS)

  expect(answers).toMatchObject([{ fault: { code: 'ERR_PROCURA_STORAGE' } }, { fault: {} }])
  expect(begun).toEqual(['read'])
})

it('asks each again by itself when one of them fails', async () => {
  const { db, begun } = database({
    all: async () => {
      throw new Error('no such row')
    },
  })
  const { answers } = await answerReads(db, CALLS)

  expect(answers).toMatchObject([{ id: 1, fault: { code: 'ERR_PROCURA_STORAGE' } }, READ[1]])
  expect(begun).toEqual(['read', 'read', 'read'])
})
