import { expect, it } from 'vitest'
import { type ClientSource, PostgresConnection } from '../../../../src/server/store/postgres/connection.ts'

/** A connection in a transaction whose COMMIT ends in this. */
async function committing(error?: Error): Promise<PostgresConnection> {
  const query = async ({ text }: { text: string }) => {
    if (text === 'COMMIT' && error !== undefined) throw error
    return { rows: [], rowCount: 0 }
  }
  const source = { take: async () => ({ query }), giveBack: () => {}, onCut: () => () => {} }
  const connection = new PostgresConnection(source as unknown as ClientSource, 'acme')
  await connection.begin('write')
  return connection
}

function answered(code: string): Error {
  return Object.assign(new Error('refused'), { severity: 'ERROR', code })
}

it('a commit whose answer is lost says that its outcome is unknown; one that the server refuses does not', async () => {
  const unknown = expect.objectContaining({ code: 'ERR_PROCURA_OUTCOME_UNKNOWN' })

  await expect((await committing(new Error('read ECONNRESET'))).commit()).rejects.toEqual(unknown)
  await expect((await committing(answered('57P01'))).commit()).rejects.toEqual(unknown)
  await expect((await committing(answered('40001'))).commit()).rejects.not.toEqual(unknown)
  await expect((await committing()).commit()).resolves.toBeUndefined()
})
