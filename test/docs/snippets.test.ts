import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileSnippets } from '../helpers/compile-snippets.ts'
import { regionOf, type Snippet, snippetsOf } from '../helpers/snippets.ts'

function documents(): string[] {
  const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name))
  return [...readdirSync('.'), ...inDocs].filter((name) => name.endsWith('.md')).sort()
}

const snippets = documents().flatMap((name) => snippetsOf(name, readFileSync(name, 'utf8')))
const code = snippets.filter(({ language }) => language === 'ts')

function placeOf({ document, line }: Snippet): string {
  return `${document}:${line}`
}

/** Whether a block repeats the region of the example that it names. */
function isFaithful({ text, source }: Snippet): boolean {
  if (source === undefined || !existsSync(source.file)) return false
  return regionOf(readFileSync(source.file, 'utf8'), source.region) === text
}

describe('the snippets in the documents', () => {
  it('repeat the example that they name, word for word', () => {
    const unfaithful = code.filter((snippet) => snippet.source !== undefined && !isFaithful(snippet))

    expect(unfaithful.map(placeOf)).toEqual([])
  })

  it('compile by themselves where they name none', () => {
    const blocks = code.filter(({ source }) => source === undefined)

    expect(blocks.length === 0 ? '' : compileSnippets(blocks.map(({ text }) => text))).toBe('')
  })

  it('are TypeScript, never JavaScript that nothing checks', () => {
    const unchecked = snippets.filter(({ language }) => /^(js|javascript|typescript|tsx)$/.test(language))

    expect(unchecked.map(placeOf)).toEqual([])
  })

  it('would be found out if they did not compile', () => {
    expect(compileSnippets(['const port: number = 1'])).toBe('')
    expect(compileSnippets(["const port: number = 'one'"])).toMatch(/TS2322/)
  })

  it('would be found out if they differed from their example', () => {
    const markdown = '# A\n\n<!-- examples/a.ts#verify -->\n```ts\nverify()\n```\n\n```sh\nnpm test\n```\n'
    const [named, plain] = snippetsOf('a.md', markdown)
    const example = 'setUp()\n{\n  // #region verify\n  verify()\n  // #endregion\n}\n'

    expect(named).toMatchObject({
      line: 4,
      language: 'ts',
      source: { file: 'examples/a.ts', region: 'verify' },
    })
    expect(plain).toMatchObject({ language: 'sh', text: 'npm test', source: undefined })
    expect(regionOf(example, 'verify')).toBe(named?.text)
    expect(regionOf(example, 'other')).toBeUndefined()
  })
})
