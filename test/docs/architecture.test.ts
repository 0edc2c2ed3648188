import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DIRECTIONS } from '../helpers/directions.ts'
import { quoted } from '../helpers/tables.ts'

const text = readFileSync('docs/architecture.md', 'utf8')
const directions = text.split('## Import directions\n')[1]?.split('\n## ')[0] ?? ''

describe('docs/architecture.md', () => {
  it('has the table of import directions that the tests hold', () => {
    const rows = directions
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()))

    expect(
      rows.map(([, folder = '', mayImport = '', maySign, isNeutral]) => ({
        folder: quoted(folder)[0],
        mayImport: mayImport === 'anything' ? ['*'] : quoted(mayImport),
        maySign: maySign === 'yes',
        isNeutral: isNeutral === 'yes',
      })),
    ).toEqual(DIRECTIONS)
  })

  it('names every folder of src and no other', () => {
    const block = /^src\/\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? ''
    const named = [...block.matchAll(/^ {2}(\S+?)\/? /gm)].map(([, name]) => name)

    expect(named.sort()).toEqual(readdirSync('src').sort())
  })

  it('names only files that are there', () => {
    const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replace(directions, '')
    const files = quoted(prose).filter((word) => /\/[\w-]+\.ts$/.test(word))

    expect(files.filter((file) => !existsSync(file) && !existsSync(`src/${file}`))).toEqual([])
    expect(files.length).toBeGreaterThan(5)
  })
})
