import { readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import type { Fetch } from '../../core/clock.ts'
import { isStatusListUrl } from '../../model/status-url.ts'
import { systemCodeOf } from '../../server/system-code.ts'
import { hostFolder } from '../../status/layout.ts'

/**
 * Where a mirrored document lies below `directory`: host and port, then the path, as in
 * `id.example/status/acme/head`. A colon, which some file systems do not have, becomes `_`.
 *
 * @returns `undefined` for a URL at which no status can lie.
 */
export function mirrorPath(directory: string, url: string): string | undefined {
  if (!isStatusListUrl(url)) return undefined
  const { pathname } = new URL(url)
  const root = resolve(directory)
  const path = join(root, hostFolder(url), ...pathname.split('/'))
  return path.startsWith(root.endsWith(sep) ? root : root + sep) ? path : undefined
}

/**
 * A directory in the place of the network: answers each URL with the file at its {@link mirrorPath}, 404 when there is
 * none. So status from files takes the very same path as status from afar.
 */
export function directoryFetch(directory: string): Fetch {
  return async (input) => {
    const path = mirrorPath(directory, String(input))
    const bytes = path === undefined ? undefined : await readIfThere(path)
    if (bytes === undefined) return new Response('', { status: 404 })
    const headers = path?.endsWith('.json') ? { 'content-type': 'application/json' } : {}
    return new Response(bytes, { headers })
  }
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    const code = systemCodeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}
