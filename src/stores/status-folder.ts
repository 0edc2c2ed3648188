import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import type { StatusStore } from '../verifier/ports.ts'

/** For the service's user alone, who is believed to have written them. */
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

/** Age from which a file that was begun and not finished is one of a process that was killed, in milliseconds. */
const ABANDONED_MS = 60_000

/**
 * Keeps status in a folder on a local disk, one file for each authority: a file is written beside the old one, flushed and
 * renamed, and the folder flushed, so that neither `kill -9` nor a power cut leaves anything but the old or the new one.
 * Processes that share a folder see what the last of them has written.
 *
 * @param directory Made, with mode 0700, when something is saved.
 */
export function statusFolder(directory: string): StatusStore {
  const folder = resolve(directory)
  return {
    load: async (authority) => {
      const name = fileOf(authority)
      await removeAbandoned(folder, name)
      return readIfThere(join(folder, name))
    },
    save: (authority, status) => replace(folder, fileOf(authority), status),
  }
}

/** A DID may be longer than the name of a file, and have a colon. */
function fileOf(authority: string): string {
  return `${createHash('sha256').update(authority).digest('base64url')}.status`
}

async function replace(folder: string, name: string, status: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: DIRECTORY_MODE })
  const temporary = join(folder, `${name}.${randomUUID()}.tmp`)
  try {
    await write(temporary, status)
    await rename(temporary, join(folder, name))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  // Windows cannot open a folder; NTFS journals its entries.
  if (sep !== '\\') await flush(folder)
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', FILE_MODE)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  return readFile(file).catch(ifThere)
}

async function removeAbandoned(folder: string, name: string): Promise<void> {
  const names = (await readdir(folder).catch(ifThere)) ?? []
  for (const other of names.filter((one) => one.startsWith(`${name}.`))) {
    const file = join(folder, other)
    const begun = await stat(file).catch(ifThere)
    if (begun !== undefined && Date.now() - begun.mtimeMs > ABANDONED_MS) await rm(file, { force: true })
  }
}

function ifThere(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
