import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Where the service shows the project's JSON-LD context; nobody needs to fetch it (contexts/README.md). */
export const CONTEXT_PATH = '/contexts/delegation-v1.jsonld'

/** The bytes that `https://w3id.org/procura/v1` stands for, read once. */
export const CONTEXT: { readonly text: string; readonly digest: string } = readContext()

function readContext(): { readonly text: string; readonly digest: string } {
  const text = readFileSync(new URL(`../..${CONTEXT_PATH}`, import.meta.url), 'utf8')
  return { text, digest: createHash('sha256').update(text).digest('hex') }
}
