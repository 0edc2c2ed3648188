import { readdirSync, readFileSync } from 'node:fs'
import type { VectorFile } from './format.ts'

/** The published vectors, by theme. */
export function readVectors(): VectorFile[] {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => JSON.parse(readFileSync(`${import.meta.dirname}/${name}`, 'utf8')))
}
