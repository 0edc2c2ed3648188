import type { PublishedList } from '../../issuer/published-status.ts'
import { STATUS_PURPOSES } from '../../model/status-list-entry.ts'
import { HEAD_CACHE_SECONDS } from '../../status/freshness.ts'
import {
  HEAD_MEDIA_TYPE,
  LEAF_TABLE_MEDIA_TYPE,
  STATUS_LIST_MEDIA_TYPE,
  statusListId,
} from '../../status/layout.ts'
import { DEFAULT_LIST_TTL_MS } from '../../status/status-list-credential.ts'
import { found } from '../authorize.ts'
import type { PublicCall } from '../http/call.ts'
import { conditional } from '../http/conditional.ts'
import type { PublicRoute } from '../http/route.ts'

/** What anyone may read, without a trace of who (docs/spec/05-status.md "Publishing"). */
export const statusRoutes: readonly PublicRoute[] = [
  { method: 'GET', path: '/status/:tenant/head', access: 'public', handle: head },
  { method: 'GET', path: '/status/:tenant/leaves/:root', access: 'public', handle: leafTable },
  { method: 'GET', path: '/status/:tenant/:list', access: 'public', handle: newest },
  { method: 'GET', path: '/status/:tenant/:list/:version', access: 'public', handle: version },
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

async function leafTable({ service, request, params }: PublicCall): Promise<Response> {
  const { tenant = '', root = '' } = params
  const body = found(await service.issuer.store.leafTable(tenant, root))
  return conditional(request, {
    body,
    etag: root,
    contentType: LEAF_TABLE_MEDIA_TYPE,
    maxAgeSeconds: IMMUTABLE_SECONDS,
    immutable: true,
  })
}

/** One day, in seconds: for what is named by its content. */
const IMMUTABLE_SECONDS = 86_400

async function newest(call: PublicCall): Promise<Response> {
  const { tenant = '', list = '' } = call.params
  const id = found(parseListId(list.replace(/\.jwt$/, '')))
  const published = found(await call.service.issuer.store.publishedList(tenant, id.list, id.purpose))
  return listResponse(call, published, DEFAULT_LIST_TTL_MS)
}

async function version(call: PublicCall): Promise<Response> {
  const { tenant = '', list = '', version: text = '' } = call.params
  const id = found(parseListId(list))
  const wanted = found(/^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined)
  const published = await call.service.issuer.store.publishedList(tenant, id.list, id.purpose, wanted)
  return listResponse(call, found(published), IMMUTABLE_SECONDS * 1000, true)
}

/** `r7` or `s7`; `undefined` for anything else. */
function parseListId(text: string): Pick<PublishedList, 'list' | 'purpose'> | undefined {
  const list = Number(/^[rs]([1-9]\d{0,8})$/.exec(text)?.[1])
  const purpose = STATUS_PURPOSES.find((candidate) => statusListId(candidate, list) === text)
  return purpose === undefined ? undefined : { list, purpose }
}

/** No cache keeps a list beyond its ttl, or beyond its validity. */
function listResponse(
  { service, request }: PublicCall,
  { jwt, version, validUntil, bitsDigest }: PublishedList,
  ttlMs: number,
  immutable = false,
): Response {
  const left = Math.max(0, validUntil - service.issuer.clock())
  return conditional(request, {
    body: jwt,
    etag: `${version}-${bitsDigest}`,
    contentType: STATUS_LIST_MEDIA_TYPE,
    maxAgeSeconds: Math.floor(Math.min(ttlMs, left) / 1000),
    immutable,
  })
}
