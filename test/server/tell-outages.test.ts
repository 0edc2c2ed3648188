import { pino } from 'pino'
import { expect, it } from 'vitest'
import { tellOutages } from '../../src/server/tell-outages.ts'

it('says in one line that the database is away, and in one that it is back', () => {
  const lines: object[] = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
  let tell: (isAway: boolean) => void = () => undefined
  tellOutages(
    {
      onAway(listener) {
        tell = listener
        return () => undefined
      },
    },
    log,
  )
  tell(true)
  tell(false)

  expect(lines).toMatchObject([
    { level: 50, code: 'database_away', msg: expect.stringMatching(/^ALARM: the database/) },
    { level: 40, code: 'database_away', seconds: 0, msg: expect.stringMatching(/^over: the database/) },
  ])
})
