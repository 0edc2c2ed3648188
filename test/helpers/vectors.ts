import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { TestContext } from 'vitest'
import './available.ts'

const PROJECT = resolve(import.meta.dirname, '../..')

/** Where the public test vectors of other projects lie; they are not part of this one. */
function vectorsFolder(): string {
  return resolve(PROJECT, process.env.PROCURA_VECTORS ?? '../shared/vectors')
}

/**
 * The text of one vector file. Ends the test as skipped when the vectors are not there at all, whatever
 * `PROCURA_REQUIRE_ALL` says: nobody has to have them. A missing file of vectors that are there is a failure.
 *
 * @param path Below the folder, for example `wycheproof/ed25519_test.json`.
 */
export function readVectors(ctx: TestContext, path: string): string {
  return readFileSync(join(requireVectors(ctx), path), 'utf8')
}

/** As {@link readVectors}, parsed; the caller names the shape that the vectors document. */
export function readJsonVectors<T>(ctx: TestContext, path: string): T {
  return JSON.parse(readVectors(ctx, path)) as T
}

/** The names in a folder of vectors. */
export function listVectors(ctx: TestContext, path: string): string[] {
  return readdirSync(join(requireVectors(ctx), path))
}

/** Every file below a folder of vectors, by its path in it. */
export function listVectorFiles(ctx: TestContext, folder: string): string[] {
  const root = join(requireVectors(ctx), folder)
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

/** Bytes of lower-case hexadecimal, the form of most vectors. */
export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

function requireVectors(ctx: TestContext): string {
  const folder = vectorsFolder()
  if (!existsSync(folder)) {
    ctx.task.meta.needs = 'vectors'
    ctx.skip('skipped: vectors not available')
  }
  return folder
}
