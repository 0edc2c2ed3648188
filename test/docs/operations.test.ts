import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ALARMS } from '../../src/server/alarms.ts'
import { FSCK_CODES } from '../../src/server/fsck/finding.ts'
import { TARGET_ALARMS } from '../../src/server/publication/target-alarms.ts'

const text = readFileSync('docs/operations.md', 'utf8')

it.each([...TARGET_ALARMS, ...FSCK_CODES])('docs/operations.md says what %s means', (code) => {
  expect(text).toMatch(new RegExp(`^\\| \`${code}\` \\| \\S`, 'm'))
})

it.each(Object.entries(ALARMS))(
  'docs/operations.md says what the alarm %s means, and its level',
  (code, { level }) => {
    expect(text).toMatch(new RegExp(`^\\| \`${code}\` \\| ${level} \\| \\S`, 'm'))
  },
)

it('docs/operations.md names no alarm that there is not', () => {
  const rows = [...text.matchAll(/^\| `(\w+)` \| (?:warn|error|fatal) \|/gm)].map(([, code]) => code)

  expect(rows.sort()).toEqual(Object.keys(ALARMS).sort())
})

it('nothing but the tables of alarms raises one', () => {
  const raising = globSync('src/server/**/*.ts').filter((file) =>
    readFileSync(file, 'utf8').includes('ALARM: '),
  )

  expect(raising.sort()).toEqual(['src/server/alarms.ts', 'src/server/publication/target-lane.ts'])
})
