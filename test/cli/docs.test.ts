import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { SETTINGS } from '../../src/cli/config/settings.ts'
import { EXIT } from '../../src/cli/exit-codes.ts'
import { run } from './run.ts'

const text = readFileSync('docs/cli.md', 'utf8')
const shell = [...text.matchAll(/^procura ([^\n#]*)/gm)].map(([, words = '']) => words.trim())

describe('docs/cli.md', () => {
  it('names every command', () => {
    expect(COMMANDS.map(({ name }) => name).filter((name) => !text.includes(`\`${name}`))).toEqual([])
  })

  it('has a row for every setting, with its variable, and names its option and its default', () => {
    const missing = Object.entries(SETTINGS).filter(([name, { variable, option, isSecret }]) => {
      const row = new RegExp(`^\\| ${isSecret === true ? '–' : `\`${name}\``} \\| \`${variable}\``, 'm')
      return !row.test(text) || (option !== undefined && !text.includes(`\`${option.flag}\``))
    })

    expect(missing.map(([name]) => name)).toEqual([])
  })

  it('has a row for every exit code', () => {
    const rows = [...text.matchAll(/^\| (\d) \| /gm)].map(([, code]) => Number(code))

    expect(rows).toEqual(Object.values(EXIT))
  })

  it('shows command lines with options that their commands have', async () => {
    for (const line of shell) {
      const words = line.split(' ').filter((word) => /^[a-z]+$/.test(word))
      const help = (await run([...words.slice(0, 2), '--help'])).stdout
      const flags = line.match(/--[a-z-]+/g) ?? []

      expect([line, flags.filter((flag) => !help.includes(flag))]).toEqual([line, []])
    }
    expect(shell.length).toBeGreaterThan(5)
  })
})
