import { encodeBase64url } from '../core/base64url.ts'
import { encodeUtf8 } from '../core/bytes.ts'
import { isJsonArray, isJsonObject, type Json, member, parseStrictJson } from '../core/json.ts'
import { merkleLeafHash, merkleRoot } from '../core/merkle.ts'
import { ProcuraError } from '../errors.ts'
import { isStatusListUrl } from '../model/status-url.ts'
import { accept, type Verdict } from '../refusal.ts'
import { isClosed, isSha256, naturalMember, stringMember } from './closed-object.ts'
import { statusInvalid } from './status-invalid.ts'

/** Most lists of one tenant: with 131,072 entries each, two thousand million credentials. */
export const MAX_LEAVES = 16_384

/** Longest leaf table, in characters: 16,384 leaves with addresses of 128 characters. */
export const MAX_LEAF_TABLE_CHARS: number = 4 * 1024 * 1024

/** `retired`: no credential that refers to the list can be valid any more; it is no longer served. */
export type LeafState = 'live' | 'retired'

/** What a head commits to of one list. */
export interface Leaf {
  /** URL of the list: its id. */
  readonly list: string
  /** `validFrom` in milliseconds since 1970. */
  readonly version: number
  /** SHA-256 of the uncompressed bits, base64url. */
  readonly digest: string
  readonly state: LeafState
}

/** Leaves that were shown to lie under a root. Made only by opening a leaf table. */
export interface CommittedLeaves {
  readonly root: string
  /** By URL of the list. */
  readonly leaves: ReadonlyMap<string, Leaf>
}

/**
 * Writes a leaf table: JSON `{"leaves":[…]}`, sorted by the list's URL, each leaf in its canonical form.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_ARGUMENT` when a list is named twice or there are too many.
 */
export function encodeLeafTable(leaves: readonly Leaf[]): string {
  return `{"leaves":[${sorted(leaves).map(encodeLeaf).join(',')}]}`
}

/** Hash of a leaf in the tree (RFC 6962 §2.1). */
export function leafHash(leaf: Leaf): Uint8Array {
  return merkleLeafHash(encodeUtf8(encodeLeaf(leaf)))
}

/**
 * Root of the leaves, in any order: RFC 6962 over the canonical leaves sorted by URL.
 *
 * @returns base64url of 32 bytes: the address of the table and the `root` of the head.
 * @throws {ProcuraError} as {@link encodeLeafTable}.
 */
export function leafTableRoot(leaves: readonly Leaf[]): string {
  return rootOf(sorted(leaves))
}

/**
 * Reads a leaf table strictly: closed shape, well-formed URLs and digests, ascending by URL without repetition.
 * Shows nothing about who wrote it; see {@link openLeafTable}.
 *
 * @returns `status_invalid` for anything else.
 */
export function parseLeafTable(text: string): Verdict<readonly Leaf[]> {
  if (text.length > MAX_LEAF_TABLE_CHARS) return statusInvalid('leaves')
  return readLeafTable(parseStrictJson(text))
}

function readLeafTable(table: Json | undefined): Verdict<readonly Leaf[]> {
  if (!isJsonObject(table) || !isClosed(table, ['leaves'])) return statusInvalid('leaves')
  const items = member(table, 'leaves')
  if (!isJsonArray(items) || items.length > MAX_LEAVES) return statusInvalid('leaves')
  const leaves = items.map(parseLeaf).filter((leaf) => leaf !== undefined)
  return leaves.length === items.length && isAscending(leaves) ? accept(leaves) : statusInvalid('leaves')
}

/**
 * Reads a leaf table and checks that it is the one that a head commits to.
 *
 * @param root The `root` of a head whose signature was checked.
 * @returns `status_invalid` when the table is malformed or has another root.
 */
export function openLeafTable(text: string, root: string): Verdict<CommittedLeaves> {
  return committedBy(parseLeafTable(text), root)
}

/** As {@link openLeafTable}, for a leaf table that stands within a document that was read and bounded already. */
export function openLeafTableJson(table: Json | undefined, root: string): Verdict<CommittedLeaves> {
  return committedBy(readLeafTable(table), root)
}

function committedBy(parsed: Verdict<readonly Leaf[]>, root: string): Verdict<CommittedLeaves> {
  if (!parsed.verified) return parsed
  if (rootOf(parsed.value) !== root) return statusInvalid('root')
  return accept({ root, leaves: new Map(parsed.value.map((leaf) => [leaf.list, leaf])) })
}

/**
 * The bytes that are hashed: RFC 8785 of the leaf. Members are written in sorted order, and all values are
 * strings and integers, for which `JSON.stringify` is canonical.
 */
function encodeLeaf({ list, version, digest, state }: Leaf): string {
  return JSON.stringify({ digest, list, state, version })
}

function rootOf(ascending: readonly Leaf[]): string {
  return encodeBase64url(merkleRoot(ascending.map((leaf) => encodeUtf8(encodeLeaf(leaf)))))
}

function sorted(leaves: readonly Leaf[]): readonly Leaf[] {
  const ascending = leaves.toSorted((a, b) => (a.list < b.list ? -1 : 1))
  if (ascending.length <= MAX_LEAVES && isAscending(ascending)) return ascending
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_ARGUMENT',
    `a leaf table names at most ${MAX_LEAVES} lists, each once`,
  )
}

/** By UTF-16 code unit, which for URLs of ASCII characters is also the order of their bytes. */
function isAscending(leaves: readonly Leaf[]): boolean {
  return leaves.every((leaf, i) => i === 0 || (leaves[i - 1]?.list ?? '') < leaf.list)
}

function parseLeaf(json: Json): Leaf | undefined {
  if (!isJsonObject(json) || !isClosed(json, ['digest', 'list', 'state', 'version'])) return undefined
  const list = stringMember(json, 'list')
  const version = naturalMember(json, 'version')
  const digest = stringMember(json, 'digest')
  const state = member(json, 'state')
  if (list === undefined || !isStatusListUrl(list) || version === undefined) return undefined
  if (!isSha256(digest) || (state !== 'live' && state !== 'retired')) return undefined
  return { list, version, digest, state }
}
