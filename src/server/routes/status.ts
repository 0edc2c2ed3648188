import { createHash } from 'node:crypto'
import type { PublishedList } from '../../issuer/published-status.ts'
import { parseListName } from '../../issuer/status-address.ts'
import { areChangesComplete, IMMUTABLE_CACHE_SECONDS } from '../../issuer/status-files.ts'
import { HEAD_CACHE_SECONDS } from '../../status/freshness.ts'
import {
  CHANGES_MEDIA_TYPE,
  EMERGENCY_MEDIA_TYPE,
  EVENTS_MEDIA_TYPE,
  HEAD_MEDIA_TYPE,
  LEAF_TABLE_MEDIA_TYPE,
  STATUS_LIST_MEDIA_TYPE,
  STATUS_LIST_VC_MEDIA_TYPE,
  TOKEN_STATUS_LIST_MEDIA_TYPE,
  tokenStatusListId,
} from '../../status/layout.ts'
import { DEFAULT_LIST_TTL_MS } from '../../status/status-list-credential.ts'
import { found } from '../authorize.ts'
import { PUBLIC_OPERATIONS } from '../contract/public.ts'
import { preferredType } from '../http/accept.ts'
import type { PublicCall } from '../http/call.ts'
import { conditional } from '../http/conditional.ts'
import type { PublicRoute } from '../http/route.ts'

/** What anyone may read, without a trace of who (docs/spec/05-status.md "Publishing"). */
export const statusRoutes: readonly PublicRoute[] = [
  {
    method: 'GET',
    path: '/status/:tenant/head',
    access: 'public',
    operation: PUBLIC_OPERATIONS.head,
    handle: head,
  },
  {
    method: 'GET',
    path: '/status/:tenant/emergency',
    access: 'public',
    operation: PUBLIC_OPERATIONS.emergency,
    handle: emergency,
  },
  {
    method: 'GET',
    path: '/status/:tenant/leaves/:root',
    access: 'public',
    operation: PUBLIC_OPERATIONS.leafTable,
    handle: leafTable,
  },
  {
    method: 'GET',
    path: '/status/:tenant/changes/:slice',
    access: 'public',
    operation: PUBLIC_OPERATIONS.changes,
    handle: changes,
  },
  {
    method: 'GET',
    path: '/status/:tenant/events',
    access: 'public',
    operation: PUBLIC_OPERATIONS.events,
    handle: events,
  },
  {
    method: 'GET',
    path: '/status/:tenant/:list',
    access: 'public',
    operation: PUBLIC_OPERATIONS.list,
    handle: newest,
  },
  {
    method: 'GET',
    path: '/status/:tenant/:list/:version',
    access: 'public',
    operation: PUBLIC_OPERATIONS.version,
    handle: version,
  },
]

async function head({ service, request, params }: PublicCall): Promise<Response> {
  const { jwt, seq, iatMs } = found(await service.issuer.store.publishedHead(params.tenant ?? ''))
  return conditional(request, {
    body: jwt,
    etag: `${seq}-${iatMs}`,
    contentType: HEAD_MEDIA_TYPE,
    maxAgeSeconds: HEAD_CACHE_SECONDS,
  })
}

async function emergency({ service, request, params }: PublicCall): Promise<Response> {
  const { published } = await service.issuer.store.emergency(params.tenant ?? '')
  const { jwt, digest } = found(published)
  return conditional(request, {
    body: jwt,
    etag: digest,
    contentType: EMERGENCY_MEDIA_TYPE,
    maxAgeSeconds: HEAD_CACHE_SECONDS,
  })
}

async function leafTable({ service, request, params }: PublicCall): Promise<Response> {
  const { tenant = '', root = '' } = params
  const body = found(await service.issuer.store.leafTable(tenant, root))
  return conditional(request, {
    body,
    etag: root,
    contentType: LEAF_TABLE_MEDIA_TYPE,
    maxAgeSeconds: IMMUTABLE_CACHE_SECONDS,
    immutable: true,
  })
}

async function changes({ service, request, params }: PublicCall): Promise<Response> {
  const { tenant = '', slice: name = '' } = params
  const slice = found(/^[1-9]\d{0,9}$/.test(name) ? Number(name) : undefined)
  const { store, clock } = service.issuer
  const body = found(await store.publishedChanges(tenant, slice))
  const immutable = areChangesComplete(slice, clock())
  return conditional(request, {
    body,
    etag: createHash('sha256').update(body).digest('base64url'),
    contentType: CHANGES_MEDIA_TYPE,
    maxAgeSeconds: immutable ? IMMUTABLE_CACHE_SECONDS : HEAD_CACHE_SECONDS,
    immutable,
  })
}

/** Proxies are asked not to hold back what belongs at once to whoever reads it. */
const EVENTS_HEADERS = {
  'content-type': EVENTS_MEDIA_TYPE,
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
}

async function events({ service, request, params }: PublicCall): Promise<Response> {
  const stream = found(await service.headEvents.open(params.tenant ?? ''))
  if (request.method !== 'HEAD') return new Response(stream, { headers: EVENTS_HEADERS })
  await stream.cancel()
  return new Response(null, { headers: EVENTS_HEADERS })
}

async function newest(call: PublicCall): Promise<Response> {
  const { tenant = '', list = '' } = call.params
  const mirrored = pairOfMirror(list)
  if (mirrored !== undefined) return mirror(call, tenant, mirrored)
  const { name, suffix } = splitSuffix(list)
  const id = found(parseListName(name))
  const published = found(await call.service.issuer.store.publishedList(tenant, id.list, id.purpose))
  return listResponse(call, published, { suffix, ttlMs: DEFAULT_LIST_TTL_MS })
}

async function version(call: PublicCall): Promise<Response> {
  const { tenant = '', list = '', version: text = '' } = call.params
  const id = found(parseListName(list))
  const { name, suffix } = splitSuffix(text)
  const wanted = found(/^[1-9]\d{0,15}$/.test(name) ? Number(name) : undefined)
  const published = await call.service.issuer.store.publishedList(tenant, id.list, id.purpose, wanted)
  return listResponse(call, found(published), {
    suffix,
    ttlMs: IMMUTABLE_CACHE_SECONDS * 1000,
    immutable: true,
  })
}

async function mirror({ service, request }: PublicCall, tenant: string, pair: number): Promise<Response> {
  const { store, clock } = service.issuer
  const { jwt, version, validUntil } = found(await store.publishedMirror(tenant, pair))
  return conditional(request, {
    body: jwt,
    etag: `${version}`,
    contentType: TOKEN_STATUS_LIST_MEDIA_TYPE,
    maxAgeSeconds: maxAge(DEFAULT_LIST_TTL_MS, validUntil, clock()),
  })
}

/** The pair that `t7` mirrors. */
function pairOfMirror(text: string): number | undefined {
  const pair = Number(/^t([1-9]\d{0,8})$/.exec(text)?.[1])
  return tokenStatusListId(pair) === text ? pair : undefined
}

/** The end of a URL that names a form, so that hosts of files need not negotiate. */
type Suffix = '.jwt' | '.json' | ''

function splitSuffix(text: string): { readonly name: string; readonly suffix: Suffix } {
  const suffix = (['.jwt', '.json'] as const).find((end) => text.endsWith(end)) ?? ''
  return { name: text.slice(0, text.length - suffix.length), suffix }
}

/** Without a suffix, the form that a reader prefers. One that knows neither media type gets JSON, which the W3C's do. */
function isJwsWanted(request: Request, suffix: Suffix): boolean {
  if (suffix !== '') return suffix === '.jwt'
  const types = [STATUS_LIST_VC_MEDIA_TYPE, STATUS_LIST_MEDIA_TYPE] as const
  return preferredType(request.headers.get('accept'), types) === STATUS_LIST_MEDIA_TYPE
}

/** No cache keeps a list beyond its ttl, or beyond its validity. */
function listResponse(
  { service, request }: PublicCall,
  { jwt, vc, version, validUntil, bitsDigest }: PublishedList,
  { suffix, ttlMs, immutable = false }: { suffix: Suffix; ttlMs: number; immutable?: boolean },
): Response {
  const isJws = isJwsWanted(request, suffix)
  return conditional(request, {
    body: isJws ? jwt : found(vc),
    etag: `${version}-${bitsDigest}-${isJws ? 'jwt' : 'vc'}`,
    contentType: isJws ? STATUS_LIST_MEDIA_TYPE : STATUS_LIST_VC_MEDIA_TYPE,
    maxAgeSeconds: maxAge(ttlMs, validUntil, service.issuer.clock()),
    immutable,
    ...(suffix === '' && { vary: 'accept' }),
  })
}

function maxAge(ttlMs: number, validUntil: number, now: number): number {
  return Math.floor(Math.min(ttlMs, Math.max(0, validUntil - now)) / 1000)
}
