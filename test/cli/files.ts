import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatChainFile } from '../../src/holder/chain-file.ts'
import type { PresentedRequest } from '../../src/model/presented-request.ts'
import type { World } from '../helpers/world.ts'
import { type RunOptions, scratch } from './run.ts'

/** A directory with the world's anchor file, and the options to run commands there. */
export function directoryOf(world: World): RunOptions & { readonly directory: string } {
  const directory = scratch()
  write(directory, 'anchor.json', world.trust)
  return { directory, clock: world.clock, fetch: world.site.fetch }
}

/** Writes a file; an object as JSON. */
export function write(directory: string, name: string, content: string | object): void {
  writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content))
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into files of many shapes
export function read(directory: string, name: string): any {
  return JSON.parse(readFileSync(join(directory, name), 'utf8'))
}

export function writeChain(directory: string, tokens: readonly string[]): void {
  write(directory, 'chain.json', formatChainFile(tokens))
}

/** Writes a request as it was received, as `request.json`. */
export function writeRequest(directory: string, { method, target, header, body }: PresentedRequest): void {
  const names = ['agent-delegation', 'signature-input', 'signature', 'content-digest', 'content-type']
  const headers = Object.fromEntries(names.map((name) => [name, header(name)]))
  const encoded = body === undefined ? {} : { body: Buffer.from(body).toString('base64') }
  write(directory, 'request.json', { method, target, headers, ...encoded })
}
