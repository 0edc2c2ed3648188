import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** How the server answers the next requests instead of as it should. `lost`: it does what is asked and cuts the connection. */
export type BucketFault = 'cut' | 'lost' | 'slow' | 500 | 503 | 403

/** A bucket behind a real socket, which honours the conditions of writes. Closed when the test ends. */
export interface BucketServer {
  readonly endpoint: string
  /** By key. */
  readonly objects: Map<string, StoredObject>
  /** Method and path of each request, with its condition. */
  readonly requests: string[]
  /** For the next requests, one each; after them all is well. */
  readonly faults: BucketFault[]
  /** As long as it is set, every request. */
  fault: BucketFault | undefined
  /** Keys of one page of a listing. */
  pageSize: number
}

export interface StoredObject {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export const BUCKET = 'status'

export async function startBucketServer(): Promise<BucketServer> {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const state: BucketServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(),
    requests: [],
    faults: [],
    fault: undefined,
    pageSize: 1000,
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const condition = request.headers['if-match'] ?? request.headers['if-none-match'] ?? ''
    state.requests.push(`${request.method} ${request.url} ${condition}`.trim())
    const fault = state.faults.shift() ?? state.fault
    if (fault === 'cut') return void request.socket.destroy()
    if (typeof fault === 'number') return void response.writeHead(fault).end()
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, 300))
    const given = isSigned(request, body) ? perform(state, request, body) : { status: 403 }
    if (fault === 'lost') return void request.socket.destroy()
    response.writeHead(given.status, given.headers).end(given.body)
  }
  return state
}

/** Whether there is a signature over the body that came and over every condition; not whether it is right, which takes the secret. */
function isSigned({ headers }: IncomingMessage, body: Buffer): boolean {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? []
  const conditions = ['if-match', 'if-none-match'].filter((name) => headers[name] !== undefined)
  const digest = createHash('sha256').update(body).digest('hex')
  return headers['x-amz-content-sha256'] === digest && conditions.every((name) => signed.includes(name))
}

interface Given {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function perform(state: BucketServer, { method, url = '', headers }: IncomingMessage, body: Buffer): Given {
  const { pathname, searchParams } = new URL(url, state.endpoint)
  if (pathname === `/${BUCKET}`) return { status: 200, body: listing(state, searchParams) }
  if (!pathname.startsWith(`/${BUCKET}/`)) return { status: 404 }
  const key = pathname.slice(BUCKET.length + 2)
  const held = state.objects.get(key)
  if (method === 'DELETE') return { status: state.objects.delete(key) ? 204 : 404 }
  if (method === 'PUT') return write(state, key, headers, body.toString())
  if (held === undefined) return { status: 404 }
  return { status: 200, headers: { ...held.headers, etag: etagOf(held) }, body: held.body }
}

function write({ objects }: BucketServer, key: string, headers: IncomingHttpHeaders, body: string): Given {
  const held = objects.get(key)
  const match = headers['if-match']
  if (headers['if-none-match'] === '*' && held !== undefined) return { status: 412 }
  if (match !== undefined && held === undefined) return { status: 404 }
  if (match !== undefined && held !== undefined && match !== etagOf(held)) return { status: 412 }
  const { 'content-type': type = '', 'cache-control': cache = '' } = headers
  const stored = { body, headers: { 'content-type': type, 'cache-control': cache } }
  objects.set(key, stored)
  return { status: 200, headers: { etag: etagOf(stored) } }
}

function etagOf({ body }: StoredObject): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

function listing({ objects, pageSize }: BucketServer, query: URLSearchParams): string {
  const from = query.get('continuation-token') ?? ''
  const prefix = query.get('prefix') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > from).sort()
  const page = keys.slice(0, pageSize)
  const next = keys.length > pageSize ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')
  return `<?xml version="1.0"?><ListBucketResult>${contents}${next}</ListBucketResult>`
}
