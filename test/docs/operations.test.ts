import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FSCK_CODES } from '../../src/server/fsck/finding.ts'
import { TARGET_ALARMS } from '../../src/server/publication/target-alarms.ts'

const text = readFileSync('docs/operations.md', 'utf8')

it.each([...TARGET_ALARMS, ...FSCK_CODES])('docs/operations.md says what %s means', (code) => {
  expect(text).toMatch(new RegExp(`^\\| \`${code}\` \\| \\S`, 'm'))
})
