import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { ProcuraError } from '../../errors.ts'

/** Only the account that made a backup may read it: what is in it is confidential, though no key is in the clear. */
export const PRIVATE_FILE = 0o600
export const PRIVATE_FOLDER = 0o700

/** The registry in a backup. */
export function copyIn(folder: string): string {
  return join(folder, 'procura.sqlite')
}

/** What the backup says of itself. */
export function manifestIn(folder: string): string {
  return join(folder, 'manifest.json')
}

/** SHA-256, hexadecimal; reads a piece at a time. */
export async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file)) hash.update(piece)
  return hash.digest('hex')
}

/** What was written is on the disk: a file's bytes, or a folder's names. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A fault of the disk, as one line: never the text of a path's content. */
export function diskFault(doing: string, cause: unknown): ProcuraError {
  if (cause instanceof ProcuraError) return cause
  const said = cause instanceof Error ? cause.message : 'unknown error'
  return new ProcuraError('ERR_PROCURA_STORAGE', `${doing}: ${said}`, { cause })
}

export function misconfigured(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
