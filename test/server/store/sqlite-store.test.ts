import { describe, expect, it } from 'vitest'
import { assertNode, openSqliteStore } from '../../../src/server/store/sqlite/open-sqlite-store.ts'

it('cannot be opened where no file can be', async () => {
  await expect(openSqliteStore({ file: '/nowhere/procura.db' })).rejects.toMatchObject({
    code: 'ERR_PROCURA_STORAGE',
  })
})

describe('assertNode', () => {
  it.each(['22.13.0', '22.99.1', '24.0.0'])('takes Node %s', (version) => {
    expect(() => assertNode(version)).not.toThrow()
  })

  it.each(['18.20.0', '20.19.0', '22.12.0'])('says in one line what Node %s lacks', (version) => {
    expect(() => assertNode(version)).toThrow(
      expect.objectContaining({
        code: 'ERR_PROCURA_INVALID_CONFIGURATION',
        message: expect.stringMatching(/^[^\n]*Node 24, or 22\.13 at least[^\n]*$/),
      }),
    )
  })
})
