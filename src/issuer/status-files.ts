import { changesSliceOf } from '../status/changes.ts'
import { HEAD_CACHE_SECONDS } from '../status/freshness.ts'
import {
  CHANGES_MEDIA_TYPE,
  EMERGENCY_MEDIA_TYPE,
  HEAD_MEDIA_TYPE,
  LEAF_TABLE_MEDIA_TYPE,
  STATUS_LIST_MEDIA_TYPE,
  STATUS_LIST_VC_MEDIA_TYPE,
  statusListId,
  TOKEN_STATUS_LIST_MEDIA_TYPE,
  tokenStatusListId,
} from '../status/layout.ts'
import { DEFAULT_LIST_TTL_MS } from '../status/status-list-credential.ts'
import type { PublishedEmergency } from './emergency-store.ts'
import type { PublishedFile } from './publication-target.ts'
import type { PublishedChanges, PublishedHead, PublishedList, PublishedMirror } from './published-status.ts'
import type { ListName } from './status-address.ts'

/** How long a cache may keep what is named by its content, in seconds: one day. */
export const IMMUTABLE_CACHE_SECONDS = 86_400

/** Where a tenant's status lies among the files of a target; the paths are those of the service's URLs. */
export function statusFolder(tenant: string): string {
  return `status/${tenant}/`
}

export function headPath(tenant: string): string {
  return `${statusFolder(tenant)}head`
}

/** The head of a tenant: written last, since it is what readers follow. */
export function headFile(tenant: string, { jwt }: PublishedHead): PublishedFile {
  return file(headPath(tenant), jwt, HEAD_MEDIA_TYPE, HEAD_CACHE_SECONDS)
}

/** Where the emergency list lies. */
export function emergencyPath(tenant: string): string {
  return `${statusFolder(tenant)}emergency`
}

export function emergencyFile(tenant: string, { jwt }: PublishedEmergency): PublishedFile {
  return file(emergencyPath(tenant), jwt, EMERGENCY_MEDIA_TYPE, HEAD_CACHE_SECONDS)
}

export function leafTableFile(tenant: string, { root, leafTable }: PublishedHead): PublishedFile {
  return unchanging(leafTablePath(tenant, root), leafTable, LEAF_TABLE_MEDIA_TYPE)
}

/** Where the leaf table with this root lies. */
export function leafTablePath(tenant: string, root: string): string {
  return `${statusFolder(tenant)}leaves/${root}`
}

/** Where a slice of changes lies. */
function changesPath(tenant: string, slice: number): string {
  return `${statusFolder(tenant)}changes/${slice}`
}

export function changesFile(tenant: string, { slice, body }: PublishedChanges, now: number): PublishedFile {
  const path = changesPath(tenant, slice)
  return areChangesComplete(slice, now)
    ? unchanging(path, body, CHANGES_MEDIA_TYPE)
    : file(path, body, CHANGES_MEDIA_TYPE, HEAD_CACHE_SECONDS)
}

/** Whether nothing is added to a slice any more: what is signed at its end may take a while to be published. */
export function areChangesComplete(slice: number, now: number): boolean {
  return slice + 1 < changesSliceOf(now)
}

/** One version of a list under its own name, in each form that it has. */
export function versionFiles(tenant: string, list: PublishedList): readonly PublishedFile[] {
  const [jwt, json] = versionPaths(tenant, list, list.version)
  return [
    unchanging(jwt, list.jwt, STATUS_LIST_MEDIA_TYPE),
    ...(list.vc === undefined ? [] : [unchanging(json, list.vc, STATUS_LIST_VC_MEDIA_TYPE)]),
  ]
}

/** Where both forms of one version of a list lie. */
export function versionPaths(
  tenant: string,
  list: ListName,
  version: number,
): readonly [jwt: string, json: string] {
  const path = `${listPath(tenant, list)}/${version}`
  return [`${path}.jwt`, `${path}.json`]
}

/**
 * The same under the name of the list, with and without the end that names its form; the `vc+jwt` last. No cache keeps it beyond
 * its ttl, or beyond its validity as it is now.
 */
export function newestFiles(tenant: string, list: PublishedList, now: number): readonly PublishedFile[] {
  const path = listPath(tenant, list)
  const seconds = cacheSeconds(list.validUntil, now)
  const { jwt, vc } = list
  return [
    ...(vc === undefined ? [] : [file(path, vc, STATUS_LIST_VC_MEDIA_TYPE, seconds)]),
    ...(vc === undefined ? [] : [file(`${path}.json`, vc, STATUS_LIST_VC_MEDIA_TYPE, seconds)]),
    file(`${path}.jwt`, jwt, STATUS_LIST_MEDIA_TYPE, seconds),
  ]
}

export function mirrorFile(tenant: string, mirror: PublishedMirror, now: number): PublishedFile {
  const path = statusFolder(tenant) + tokenStatusListId(mirror.list)
  return file(path, mirror.jwt, TOKEN_STATUS_LIST_MEDIA_TYPE, cacheSeconds(mirror.validUntil, now))
}

function listPath(tenant: string, { purpose, list }: ListName): string {
  return statusFolder(tenant) + statusListId(purpose, list)
}

function cacheSeconds(validUntil: number, now: number): number {
  return Math.floor(Math.min(DEFAULT_LIST_TTL_MS, Math.max(0, validUntil - now)) / 1000)
}

function file(path: string, body: string, contentType: string, maxAgeSeconds: number): PublishedFile {
  return { path, body, contentType, maxAgeSeconds, immutable: false }
}

function unchanging(path: string, body: string, contentType: string): PublishedFile {
  return { path, body, contentType, maxAgeSeconds: IMMUTABLE_CACHE_SECONDS, immutable: true }
}

const UNCHANGING =
  /^(?:[rs][1-9]\d{0,8}\/[1-9]\d{0,15}\.(?:jwt|json)|leaves\/[A-Za-z0-9_-]{43}|changes\/[1-9]\d{0,9})$/

/** Tells whether a path is that of something that is named by its content or its time: a version of a list, a leaf table, a slice of changes. */
export function isUnchangingPath(tenant: string, path: string): boolean {
  const folder = statusFolder(tenant)
  return path.startsWith(folder) && UNCHANGING.test(path.slice(folder.length))
}
