import { createHash, randomUUID } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProcuraError } from '../../errors.ts'
import type { HeldFile, PublicationTarget, PublishedFile } from '../../issuer/publication-target.ts'
import { hostFolder } from '../../status/layout.ts'
import { acquireLock } from '../lock.ts'
import { systemCodeOf } from '../system-code.ts'

/** Anybody may read what is published, whatever the umask: the web server runs under an account of its own. */
const FILE_MODE = 0o644
const FOLDER_MODE = 0o755

/** Beside the folder that is served, so that nobody ever sees a file that is not finished. */
const WORK_FOLDER = '.procura'

/** A directory that a web server shows, and a way to let go of it. */
export interface DirectoryTarget extends PublicationTarget {
  close(): void
}

/**
 * Publishes into `directory/host/…`, which a web server shows as the root of the origin, and which the verifier's tools read like
 * a mirror of `procura status pull`. A file is written aside, synced and renamed, and its folder synced: a reader sees the old
 * content or the new one, and what was written survives a loss of power.
 *
 * One process on this host at a time works with a directory. Where another host writes to the same one, tags are compared but
 * not locked.
 *
 * @param directory Absolute. Made when it is missing. @param origin The origin of the service.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when it cannot be made or written to, or another process has it.
 */
export async function openDirectoryTarget(directory: string, origin: string): Promise<DirectoryTarget> {
  const work = join(directory, WORK_FOLDER)
  const root = join(directory, hostFolder(origin))
  try {
    await makeFolder(root)
    await mkdir(work, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw unusable(directory, cause)
  }
  const release = acquireLock(join(work, 'lock'), `the directory ${directory}`)
  try {
    await clear(work)
  } catch (cause) {
    release()
    throw unusable(directory, cause)
  }
  return { ...filesBelow(root, work), close: release }
}

function unusable(directory: string, cause: unknown): ProcuraError {
  const code = systemCodeOf(cause) ?? 'unknown error'
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `cannot publish into ${directory} (${code}): let the account of the service write there, or name another directory`,
    { cause },
  )
}

/** What a process that was killed had not finished; and shows that files can be made. */
async function clear(work: string): Promise<void> {
  for (const name of await readdir(work)) if (name.endsWith('.part')) await rm(join(work, name))
  const probe = join(work, `${randomUUID()}.part`)
  await writeFile(probe, '')
  await rm(probe)
}

function filesBelow(root: string, work: string): PublicationTarget {
  const read = (path: string) => readHeld(join(root, path))
  return {
    kind: 'directory',
    isTree: true,
    read,
    async replace(file, tag) {
      const held = await read(file.path)
      if (held?.tag !== tag) return undefined
      await write(join(root, file.path), file, work)
      return tagOf(file.body)
    },
    list: (prefix) => listFiles(root, prefix),
    remove: (path) => rm(join(root, path), { force: true }),
  }
}

async function readHeld(file: string): Promise<HeldFile | undefined> {
  try {
    const body = await readFile(file, 'utf8')
    return { body, tag: tagOf(body) }
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function tagOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url')
}

async function write(path: string, { body }: PublishedFile, work: string): Promise<void> {
  const part = join(work, `${randomUUID()}.part`)
  try {
    await writeSynced(part, body)
    await makeFolder(dirname(path))
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path))
}

async function writeSynced(path: string, body: string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.chmod(FILE_MODE)
    await file.writeFile(body)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A folder that was made must be found again after a loss of power, and so must each above it. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await chmod(made, FOLDER_MODE)
    await syncFolder(dirname(made))
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function listFiles(root: string, prefix: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(join(root, prefix), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    return files.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  }
}
