import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeUtf8 } from '../../core/bytes.ts'
import type { Fetch } from '../../core/clock.ts'
import { fetchBounded } from '../../core/fetch-bounded.ts'
import { ProcuraError } from '../../errors.ts'
import { isLoopbackHost } from '../../model/status-url.ts'
import { hostFolder } from '../../status/layout.ts'
import { misconfigured } from '../backup/backup-files.ts'
import { type BucketPlace, openBucket } from '../publication/open-targets.ts'

/** Time for one file of a mirror, in milliseconds: somebody waits, and nothing else depends on it. */
const DEADLINE_MS = 15_000

/** Where status was published: a directory, the base URL of a host with the same paths, or a bucket. */
export type PublishedSource =
  | { readonly directory: string }
  | { readonly url: string }
  | { readonly bucket: BucketPlace }

/** Reads what was published, by the paths of the service. */
export interface PublishedPlace {
  /** For messages. */
  readonly name: string
  /** @returns `undefined` when there is no such file, or one of more than `maxBytes`. Rejects when the place does not answer. */
  read(path: string, maxBytes: number): Promise<string | undefined>
}

/** @param origin Of the service, whose host names the folder in a directory. */
export async function openPlace(
  source: PublishedSource,
  origin: string,
  fetchOf: Fetch = (input, init) => fetch(input, init),
): Promise<PublishedPlace> {
  if ('directory' in source) return directoryPlace(source.directory, origin)
  if ('url' in source) return urlPlace(source.url, fetchOf)
  const target = await openBucket(source.bucket, fetchOf)
  const read = async (path: string, maxBytes: number) => {
    const body = (await target.read(path))?.body
    return body === undefined || body.length > maxBytes ? undefined : body
  }
  return { name: `the bucket ${source.bucket.bucket}`, read }
}

function directoryPlace(directory: string, origin: string): PublishedPlace {
  const root = join(directory, hostFolder(origin))
  return {
    name: `the directory ${directory}`,
    read: (path, maxBytes) => readFile(join(root, path), maxBytes),
  }
}

async function readFile(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const { size } = await file.stat()
    return size > maxBytes ? undefined : decodeUtf8(new Uint8Array(await file.readFile()))
  } finally {
    await file.close()
  }
}

function urlPlace(url: string, fetchOf: Fetch): PublishedPlace {
  assertSecret(url)
  const base = url.replace(/\/+$/, '')
  return {
    name: base,
    async read(path, maxBytes) {
      const fetched = await fetchBounded(fetchOf, `${base}/${path}`, { maxBytes, deadlineMs: DEADLINE_MS })
      if (!('cause' in fetched)) return decodeUtf8(fetched)
      if (fetched.cause === 'http_404') return undefined
      throw new ProcuraError('ERR_PROCURA_STORAGE', `${fetched.url} cannot be read: ${fetched.cause}`)
    },
  }
}

/** What is read decides what is revoked: nobody on the way may leave something out. */
function assertSecret(url: string): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : {}
  if (protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname ?? ''))) return
  throw misconfigured(`${url} must be an https URL (http only on a loopback host)`)
}
