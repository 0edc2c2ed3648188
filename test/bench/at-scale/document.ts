import type { Figures } from './simulate.ts'
import { tablesOf } from './tables.ts'

/** Where the figures lie of which document and plots are made, below the folder of the documents. */
export const FIGURES_FILE = 'performance/revocation-at-scale.jsonl'
export const DOCUMENT_FILE = 'revocation-at-scale.md'

/** The document with these figures in its tables. @throws {Error} when it has no place for one of them. */
export function fillDocument(document: string, figures: readonly Figures[]): string {
  let filled = document
  for (const [name, text] of tablesOf(figures)) {
    const [begin, end] = [
      `<!-- ${name}: node test/bench/at-scale/write.ts docs -->\n`,
      `<!-- end of ${name} -->`,
    ]
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`the document has no place for ${name}`)
    filled = filled.slice(0, from + begin.length) + text + filled.slice(to)
  }
  return filled
}

/** One population on a line. */
export function encodeFigures(figures: readonly Figures[]): string {
  return figures.map((figure) => `${JSON.stringify(figure)}\n`).join('')
}

/** What {@link encodeFigures} wrote. */
export function parseFigures(text: string): readonly Figures[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Figures)
}
