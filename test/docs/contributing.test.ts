import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { quoted } from '../helpers/tables.ts'

it('CONTRIBUTING.md sends nobody to a file that is not there', () => {
  const prose = readFileSync('CONTRIBUTING.md', 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')
  const files = quoted(prose).filter((word) => /^[\w./-]+\.ts$/.test(word))
  const places = ['', 'src/model/constraints/']

  expect(files.filter((file) => !places.some((place) => existsSync(place + file)))).toEqual([])
  expect(files.length).toBeGreaterThan(20)
})
