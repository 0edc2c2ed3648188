/** A fenced block of a Markdown document. */
export interface Snippet {
  readonly document: string
  /** Line of the opening fence, from 1. */
  readonly line: number
  /** The word after the fence: `ts`, `sh`, `jsonc`. */
  readonly language: string
  readonly text: string
  /** From a comment on the line before, `<!-- examples/02-verify.ts#verify -->`: the region that the block repeats. */
  readonly source: { readonly file: string; readonly region: string } | undefined
}

const SOURCE = /^<!-- (\S+)#(\S+) -->$/

/** The fenced blocks of a document, in order. */
export function snippetsOf(document: string, markdown: string): Snippet[] {
  const lines = markdown.split('\n')
  const fences = lines.flatMap((line, index) => (line.startsWith('```') ? [index] : []))
  const opening = fences.filter((_, position) => position % 2 === 0)
  return opening.map((start, position) => {
    const [, file, region] = SOURCE.exec(lines[start - 1] ?? '') ?? []
    return {
      document,
      line: start + 1,
      language: (lines[start] ?? '').slice(3).trim(),
      text: lines.slice(start + 1, fences[2 * position + 1]).join('\n'),
      source: file === undefined || region === undefined ? undefined : { file, region },
    }
  })
}

/** The lines between `// #region NAME` and `// #endregion`, moved to the left margin; `undefined` when there are none. */
export function regionOf(source: string, name: string): string | undefined {
  const lines = source.split('\n')
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`)
  const length = lines.slice(start + 1).findIndex((line) => line.trim() === '// #endregion')
  if (start < 0 || length < 0) return undefined
  const inside = lines.slice(start + 1, start + 1 + length)
  const margin = Math.min(...inside.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return inside.map((line) => line.slice(margin)).join('\n')
}
