import { ProcuraError } from '../errors.ts'

/** The parts of Node that storage and configuration need. */
export interface NodeModules {
  readonly fs: typeof import('node:fs/promises')
  readonly path: typeof import('node:path')
  readonly crypto: typeof import('node:crypto')
}

/**
 * Loads them on first use, so that a runtime or bundle without them never meets them.
 *
 * @throws {ProcuraError} `ERR_PROCURA_STORAGE` on a runtime without Node's file system.
 */
export async function loadNodeModules(): Promise<NodeModules> {
  try {
    const fs = await import('node:fs/promises')
    const path = await import('node:path')
    return { fs, path, crypto: await import('node:crypto') }
  } catch (cause) {
    throw new ProcuraError(
      'ERR_PROCURA_STORAGE',
      'this runtime has no file system; pass the content itself, and a storage of your own',
      { cause },
    )
  }
}

/** Whether an error of the file system has this code, such as `ENOENT`. */
export function hasSystemCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
