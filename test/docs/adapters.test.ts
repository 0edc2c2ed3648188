import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { OPEN_MCP_REQUESTS } from '../../src/model/mcp.ts'
import { REFUSAL_CODES } from '../../src/refusal.ts'
import { compileSnippets } from '../helpers/compile-snippets.ts'
import { snippetsOf } from '../helpers/snippets.ts'

const DOCUMENT = 'docs/adapters.md'
const text = readFileSync(DOCUMENT, 'utf8')
const [opening = '', ...chapters] = text.split(/^## /m)

/** The TypeScript of a part of the document, in order: what a reader copies into one file. */
function programOf(markdown: string): string {
  return snippetsOf(DOCUMENT, markdown)
    .filter(({ language }) => language === 'ts')
    .map((snippet) => snippet.text)
    .join('\n')
}

describe('the guide to the adapters', () => {
  it('has a program in each chapter that compiles as it is copied, after the one of the opening', () => {
    const programs = chapters.map(programOf).filter((program) => program !== '')

    expect(compileSnippets(programs.map((program) => `${programOf(opening)}\n${program}`))).toBe('')
    expect(programs.length).toBeGreaterThanOrEqual(7)
  })

  it('names in its troubleshooting only codes that there are', () => {
    const table = chapters.find((chapter) => chapter.startsWith('Troubleshooting')) ?? ''
    const named = [...table.matchAll(/^\|[^|]*\| `([a-z_]+)`/gm)].map(([, code]) => code)

    expect(named.filter((code) => !REFUSAL_CODES.some((known) => known === code))).toEqual([])
    expect(named.length).toBeGreaterThan(10)
  })

  it('names every request of MCP that needs no presentation', () => {
    expect([...OPEN_MCP_REQUESTS].filter((method) => !text.includes(`\`${method}\``))).toEqual([])
  })
})
