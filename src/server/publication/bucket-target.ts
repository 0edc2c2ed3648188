import { createHash } from 'node:crypto'
import type { AwsClient } from 'aws4fetch'
import type { Fetch } from '../../core/clock.ts'
import { readBounded } from '../../core/read-bounded.ts'
import { ProcuraError } from '../../errors.ts'
import type { HeldFile, PublicationTarget, PublishedFile } from '../../issuer/publication-target.ts'
import { MAX_LEAF_TABLE_CHARS } from '../../status/leaf-table.ts'
import { keysOf, nextPageOf } from './bucket-listing.ts'

/** Time for one request, from connecting to the last byte, in milliseconds. */
const DEADLINE_MS = 15_000

/** Most bytes of one page of a listing: 1,000 keys, each with a few words around it. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024

/** Pages of a listing, of 1,000 keys each; what lies beyond is not tidied up. */
const MAX_PAGES = 200

/** With what requests are signed. */
export interface BucketCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface BucketOptions {
  /** `https://s3.eu-central-1.amazonaws.com`, or that of another store with the same protocol. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  /** In front of every path; empty, or ending in `/`. */
  readonly prefix: string
  /** Asked before each request, so that credentials may be replaced while the service runs. */
  readonly credentials: () => Promise<BucketCredentials>
  readonly fetch: Fetch
}

/**
 * Publishes into a bucket with the protocol of Amazon S3. Every write has a condition: `If-None-Match: *` for what is new,
 * `If-Match` for what is replaced, so that of two publishers one is told that the other was faster. The store must honour both.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when the package `aws4fetch` is not installed.
 */
export async function openBucketTarget(options: BucketOptions): Promise<PublicationTarget> {
  const { AwsClient } = await loadSigner()
  const send = async (method: string, path: string, given: Given = {}) => {
    const { body = '', headers = {}, query = {}, accepted } = given
    const { region, fetch } = options
    const client: AwsClient = new AwsClient({ ...(await options.credentials()), service: 's3', region })
    const url = urlOf(options, path, query)
    const signed = await client.sign(url, {
      method,
      headers: { ...headers, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      ...(body !== '' && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    return expect(await fetch(signed), method, accepted)
  }
  return {
    kind: 's3',
    isTree: false,
    read: async (path) => held(await send('GET', path, { accepted: [404] })),
    replace: async (file, tag) => tagOf(await send('PUT', file.path, writing(file, tag))),
    list: (prefix) => listAll((query) => send('GET', '', { query }), options.prefix, prefix),
    remove: async (path) => void (await send('DELETE', path, { accepted: [404] })).body?.cancel(),
  }
}

async function loadSigner(): Promise<Pick<typeof import('aws4fetch'), 'AwsClient'>> {
  try {
    return await import('aws4fetch')
  } catch (cause) {
    throw new ProcuraError(
      'ERR_PROCURA_INVALID_CONFIGURATION',
      'publishing into a bucket needs the package aws4fetch beside procura: npm install aws4fetch',
      { cause },
    )
  }
}

interface Given {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  /** Statuses beside 2xx that are an answer. */
  readonly accepted?: readonly number[]
}

/** Path-style, which every store understands. `path` is empty for the bucket itself. */
function urlOf({ endpoint, bucket, prefix }: BucketOptions, path: string, query: Given['query']): string {
  const url = new URL(`${endpoint.replace(/\/$/, '')}/${bucket}${path === '' ? '' : `/${prefix}${path}`}`)
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
  return url.href
}

/** Conditions that were not met: 412, and 409 while somebody else writes the same; 404 when what was to be replaced is gone. */
const NOT_MET = [412, 409, 404]

function writing(file: PublishedFile, tag: string | undefined): Given {
  const { contentType, maxAgeSeconds, immutable, body } = file
  const condition = tag === undefined ? { 'if-none-match': '*' } : { 'if-match': tag }
  const cacheControl = `public, max-age=${maxAgeSeconds}${immutable ? ', immutable' : ''}`
  const headers = { ...condition, 'content-type': contentType, 'cache-control': cacheControl }
  return { body, headers, accepted: tag === undefined ? NOT_MET.slice(0, 2) : NOT_MET }
}

async function expect(
  response: Response,
  method: string,
  accepted: readonly number[] = [],
): Promise<Response> {
  if (response.ok || accepted.includes(response.status)) return response
  await response.body?.cancel()
  throw new ProcuraError(
    'ERR_PROCURA_STORAGE',
    `the bucket answered ${response.status} to ${method}${hintOf(response.status)}`,
  )
}

function hintOf(status: number): string {
  if (status === 403 || status === 401)
    return ': check its credentials and that they may list, read, write and delete; and the clock'
  if (status === 404) return ': there is no such bucket at this endpoint'
  if (status >= 300 && status < 400) return ': the bucket is in another region, or behind another endpoint'
  return status === 501 ? ': the store knows no conditional writes, without which nothing is published' : ''
}

async function held(response: Response): Promise<HeldFile | undefined> {
  if (response.status === 404) {
    await response.body?.cancel()
    return undefined
  }
  const bytes = await readBounded(response.body, MAX_LEAF_TABLE_CHARS)
  const tag = response.headers.get('etag')
  if (bytes === undefined || tag === null)
    throw new ProcuraError(
      'ERR_PROCURA_STORAGE',
      'the bucket holds something else under a name of the status',
    )
  return { body: new TextDecoder().decode(bytes), tag }
}

async function tagOf(response: Response): Promise<string | undefined> {
  await response.body?.cancel()
  if (!response.ok) return undefined
  const tag = response.headers.get('etag')
  if (tag !== null) return tag
  throw new ProcuraError('ERR_PROCURA_STORAGE', 'the bucket did not say the ETag of what was written')
}

async function listAll(
  page: (query: Readonly<Record<string, string>>) => Promise<Response>,
  prefix: string,
  below: string,
): Promise<readonly string[]> {
  const paths: string[] = []
  let next: string | undefined
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const query = {
      'list-type': '2',
      prefix: prefix + below,
      ...(next !== undefined && { 'continuation-token': next }),
    }
    const bytes = await readBounded((await page(query)).body, MAX_PAGE_BYTES)
    const text = new TextDecoder().decode(bytes)
    paths.push(...keysOf(text).map((key) => key.slice(prefix.length)))
    next = nextPageOf(text)
    if (next === undefined) break
  }
  return paths
}
