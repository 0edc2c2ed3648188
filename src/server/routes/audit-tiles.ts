import { MERKLE_HASH_BYTES } from '../../core/merkle.ts'
import { TILE_HASHES } from '../../core/merkle-tiles.ts'
import { found } from '../authorize.ts'
import { AUDIT_OPERATIONS, NOTE_TYPE, TILE_TYPE } from '../contract/audit.ts'
import type { PublicCall } from '../http/call.ts'
import { conditional } from '../http/conditional.ts'
import type { PublicRoute } from '../http/route.ts'
import { auditKey } from './audit.ts'

/** How long a checkpoint may be kept by caches, in seconds: half of what passes between two. */
const CHECKPOINT_CACHE_SECONDS = 5

/** One day, in seconds: what is at the address of a tile never changes. */
const TILE_CACHE_SECONDS = 86_400

/** Keys change seldom, in seconds. */
const KEY_CACHE_SECONDS = 300

/**
 * What witnesses hold of an audit trail without reading it (C2SP tlog-tiles): checkpoints, and tiles of hashes. Entries are
 * not public, so there are no entry bundles.
 */
export const auditTileRoutes: readonly PublicRoute[] = [
  {
    method: 'GET',
    path: '/audit/:tenant/checkpoint',
    access: 'public',
    operation: AUDIT_OPERATIONS.publicCheckpoint,
    handle: checkpoint,
  },
  {
    method: 'GET',
    path: '/audit/:tenant/key',
    access: 'public',
    operation: AUDIT_OPERATIONS.publicKey,
    handle: key,
  },
  {
    method: 'GET',
    path: '/audit/:tenant/tile/:level/:a',
    access: 'public',
    operation: AUDIT_OPERATIONS.tile,
    handle: tile,
  },
  {
    method: 'GET',
    path: '/audit/:tenant/tile/:level/:a/:b',
    access: 'public',
    operation: AUDIT_OPERATIONS.farTile,
    handle: tile,
  },
  {
    method: 'GET',
    path: '/audit/:tenant/tile/:level/:a/:b/:c',
    access: 'public',
    operation: AUDIT_OPERATIONS.partOfFarTile,
    handle: tile,
  },
]

async function checkpoint({ service, request, params }: PublicCall): Promise<Response> {
  const { note, size } = found(await service.issuer.store.auditCheckpoint(params.tenant ?? ''))
  return conditional(request, {
    body: note,
    etag: `${size}`,
    contentType: NOTE_TYPE,
    maxAgeSeconds: CHECKPOINT_CACHE_SECONDS,
  })
}

async function key({ service, request, params }: PublicCall): Promise<Response> {
  const { id } = found(await service.issuer.store.tenant(params.tenant ?? ''))
  const text = await auditKey(service, id)
  return conditional(request, {
    body: `${text}\n`,
    etag: text.split('+')[1] ?? '',
    contentType: NOTE_TYPE,
    maxAgeSeconds: KEY_CACHE_SECONDS,
  })
}

async function tile({ service, request, params }: PublicCall): Promise<Response> {
  const { tenant = '', level = '', a, b, c } = params
  const asked = found(parseTile(level, [a, b, c].filter((part) => part !== undefined).join('/')))
  const hashes = await service.issuer.store.auditTile(tenant, asked.level, asked.index)
  const bytes = asked.count * MERKLE_HASH_BYTES
  const body = found(hashes !== undefined && hashes.length >= bytes ? hashes.slice(0, bytes) : undefined)
  return conditional(request, {
    body: new Uint8Array(body),
    etag: `${asked.level}-${asked.index}-${asked.count}`,
    contentType: TILE_TYPE,
    maxAgeSeconds: TILE_CACHE_SECONDS,
    immutable: true,
  })
}

interface AskedTile {
  readonly level: number
  readonly index: number
  /** How many of its hashes. */
  readonly count: number
}

/** `004`, `x001/067`, and `067.p/5` for the first five hashes. Each tile has one address. */
function parseTile(level: string, address: string): AskedTile | undefined {
  const [, high, low = '', part] = /^(?:x(\d{3})\/)?(\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(address) ?? []
  const count = part === undefined ? TILE_HASHES : Number(part)
  const isWhole = part === undefined || count < TILE_HASHES
  if (!/^[0-6]$/.test(level) || low === '' || high === '000' || !isWhole) return undefined
  return { level: Number(level), index: Number(`${high ?? ''}${low}`), count }
}
