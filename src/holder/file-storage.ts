import type { FileHandle } from 'node:fs/promises'
import { ProcuraError } from '../errors.ts'
import type { AgentStorage } from './agent-storage.ts'
import { formatChainFile, parseChainFile } from './chain-file.ts'
import { hasSystemCode, loadNodeModules, type NodeModules } from './node-modules.ts'

/** Files and directories are for the agent's user alone. */
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

/**
 * An agent's storage in a directory of its own, on a file system that survives the process (Node, Bun, Deno).
 *
 * Any number of processes may share it: an index is reserved by creating a file that must not exist yet, which is
 * atomic on local file systems and on NFS since version 3; the chain is replaced by renaming. File and directory
 * are flushed to the disk before a promise settles, so that neither `kill -9` nor a power cut gives an index away
 * twice. An index reserved by a process that died before it used it stays unused.
 *
 * @param directory Created, with mode 0700, on first use.
 */
export function fileStorage(directory: string): AgentStorage {
  const open = once(async () => new AgentFiles(directory, await loadNodeModules()))
  return {
    loadChain: async () => guarded(directory, (await open()).loadChain()),
    saveChain: async (tokens) => guarded(directory, (await open()).saveChain(tokens)),
    reserveIndex: async (list, index) => guarded(directory, (await open()).reserveIndex(list, index)),
  }
}

/**
 * Reads a chain file (`{ "chain": ["<link 0>", …] }`) from the file system (Node, Bun, Deno).
 *
 * @returns The tokens, root first, for the option `chain` of `createAgent`.
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` when the file cannot be read,
 *   `ERR_PROCURA_INVALID_CONFIGURATION` when it has another form.
 */
export async function loadChain(file: string): Promise<readonly string[]> {
  return guarded(file, readChainFile(await loadNodeModules(), file))
}

class AgentFiles {
  readonly #directory: string
  readonly #node: NodeModules
  /** Directories that this process has made or seen, with their entry flushed. */
  readonly #made = new Set<string>()

  constructor(directory: string, node: NodeModules) {
    this.#directory = node.path.resolve(directory)
    this.#node = node
  }

  async loadChain(): Promise<readonly string[] | undefined> {
    try {
      return await readChainFile(this.#node, this.#chainFile())
    } catch (error) {
      if (hasSystemCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  async saveChain(tokens: readonly string[]): Promise<void> {
    const temporary = `${this.#chainFile()}.${this.#node.crypto.randomUUID()}.tmp`
    await this.#makeDirectory(this.#directory)
    const file = await this.#node.fs.open(temporary, 'wx', FILE_MODE)
    await flushed(file, (handle) => handle.writeFile(formatChainFile(tokens)))
    await this.#node.fs.rename(temporary, this.#chainFile())
    await this.#flushDirectory(this.#directory)
  }

  async reserveIndex(list: string, index: number): Promise<boolean> {
    const { path, crypto, fs } = this.#node
    const name = crypto.createHash('sha256').update(list).digest('base64url')
    const directory = path.join(this.#directory, 'indexes', name)
    await this.#makeDirectory(directory)
    try {
      await flushed(await fs.open(path.join(directory, String(index)), 'wx', FILE_MODE))
    } catch (error) {
      if (hasSystemCode(error, 'EEXIST')) return false
      throw error
    }
    await this.#flushDirectory(directory)
    return true
  }

  #chainFile(): string {
    return this.#node.path.join(this.#directory, 'chain.json')
  }

  /** A directory entry is as durable as its parent: every level up to one that existed is flushed. */
  async #makeDirectory(directory: string): Promise<void> {
    if (this.#made.has(directory)) return
    const { fs, path } = this.#node
    const first = await fs.mkdir(directory, { recursive: true, mode: DIRECTORY_MODE })
    for (let at = directory; first !== undefined && at.length >= first.length; at = path.dirname(at)) {
      await this.#flushDirectory(path.dirname(at))
    }
    this.#made.add(directory)
  }

  async #flushDirectory(directory: string): Promise<void> {
    // Windows cannot open a directory; NTFS journals its entries.
    if (this.#node.path.sep === '\\') return
    await flushed(await this.#node.fs.open(directory, 'r'))
  }
}

async function readChainFile({ fs }: NodeModules, file: string): Promise<readonly string[]> {
  return parseChainFile(await fs.readFile(file, 'utf8'), file)
}

async function flushed(
  file: FileHandle,
  write: (handle: FileHandle) => Promise<void> = async () => {},
): Promise<void> {
  try {
    await write(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function guarded<T>(where: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof ProcuraError) throw cause
    throw new ProcuraError('ERR_PROCURA_STORAGE', `cannot read or write ${where}: ${systemCodeOf(cause)}`, {
      cause,
    })
  }
}

function systemCodeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
