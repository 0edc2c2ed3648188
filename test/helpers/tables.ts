import { readFileSync } from 'node:fs'

/** Cells of the tables below a heading of a document, row by row, heads included. */
export function rowsBelow(file: string, heading: string): readonly (readonly string[])[] {
  const section =
    readFileSync(file, 'utf8')
      .split(`${heading}\n`)[1]
      ?.split(/\n##+ /)[0] ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('| '))
  return lines.map((line) => line.split('|').slice(1, -1)).map((cells) => cells.map((cell) => cell.trim()))
}

/** The words in backticks. */
export function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
}
