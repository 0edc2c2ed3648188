import { decodeBase64url } from '../core/base64url.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject, member } from '../core/json.ts'
import { verifyInclusion } from '../core/merkle-proof.ts'
import type { ParsedChain } from '../model/chain.ts'
import { MAX_CHAIN_LINKS } from '../model/credential.ts'
import { accept, type Verdict } from '../refusal.ts'
import { isClosed, isSha256, naturalMember, stringMember } from './closed-object.ts'
import { MAX_HEAD_BYTES } from './head.ts'
import { leafHash, MAX_LEAVES } from './leaf-table.ts'
import { openStatusList, type StatusList } from './open-status-list.ts'
import { statusInvalid } from './status-invalid.ts'
import type { StatusTrust } from './status-jws.ts'

/** Longest proof: one hash for each level of the largest leaf table. */
const MAX_PROOF_HASHES: number = Math.ceil(Math.log2(MAX_LEAVES))

/** What an agent brings of the status of its own chain (docs/spec/06-presenting.md "Stapling"). Nothing in it is verified yet. */
export interface Staple {
  /** The compact JWS. */
  readonly head: string
  /** The emergency list that the head commits to, if any. */
  readonly emergency: string | null
  /** How many leaves lie under the head's root. */
  readonly size: number
  readonly lists: readonly StapledList[]
}

export interface StapledList {
  /** URL of the list. */
  readonly list: string
  /** The list as `vc+jwt`. */
  readonly credential: string
  /** Where its leaf stands, from 0. */
  readonly index: number
  /** RFC 6962 inclusion proof. */
  readonly proof: readonly Uint8Array[]
}

/** URLs of the lists that the links of a chain name, each once. */
export function listsOfChain(chain: ParsedChain): readonly string[] {
  const entries = chain.flatMap(({ credential: { status } }) => status ?? [])
  return [...new Set(entries.flatMap(({ revocation, suspension }) => [revocation, suspension]))]
}

/** Reads a staple: closed shape, each list once. @returns `status_invalid` for anything else. */
export function parseStaple(json: Json): Verdict<Staple> {
  if (!isJsonObject(json) || !isClosed(json, ['head', 'emergency', 'size', 'lists']))
    return statusInvalid('staple')
  const head = stringMember(json, 'head')
  const emergency = member(json, 'emergency')
  const size = naturalMember(json, 'size')
  if (head === undefined || head.length > MAX_HEAD_BYTES) return statusInvalid('head')
  if (emergency !== null && typeof emergency !== 'string') return statusInvalid('emergency')
  if (size === undefined || size > MAX_LEAVES) return statusInvalid('size')
  const lists = parseLists(member(json, 'lists'))
  return lists.verified ? accept({ head, emergency, size, lists: lists.value }) : lists
}

function parseLists(items: Json | undefined): Verdict<readonly StapledList[]> {
  if (!isJsonArray(items) || items.length > 2 * MAX_CHAIN_LINKS) return statusInvalid('lists')
  const lists = items.map(parseList).filter((list) => list !== undefined)
  const urls = new Set(lists.map(({ list }) => list))
  return urls.size === items.length ? accept(lists) : statusInvalid('lists')
}

function parseList(json: Json): StapledList | undefined {
  if (!isJsonObject(json) || !isClosed(json, ['list', 'credential', 'index', 'proof'])) return undefined
  const list = stringMember(json, 'list')
  const credential = stringMember(json, 'credential')
  const index = naturalMember(json, 'index')
  const proof = parseProof(json)
  if (list === undefined || credential === undefined || index === undefined || proof === undefined)
    return undefined
  return { list, credential, index, proof }
}

function parseProof(json: JsonObject): readonly Uint8Array[] | undefined {
  const items = member(json, 'proof')
  if (!isJsonArray(items) || items.length > MAX_PROOF_HASHES) return undefined
  const texts = items.filter((item) => typeof item === 'string' && isSha256(item))
  const hashes = texts.map((text) => decodeBase64url(String(text))).filter((hash) => hash !== undefined)
  return hashes.length === items.length ? hashes : undefined
}

/**
 * Opens a list of a staple as one that was fetched, and shows that the head commits to it.
 *
 * @param root Of the head, whose signature was checked. @param size How many leaves lie under it.
 * @returns As `openStatusList`; `status_invalid`, dimension `proof`, for a list that is not a live leaf under the root.
 */
export async function openStapledList(
  { list, credential, index, proof }: StapledList,
  { root, size }: { readonly root: string; readonly size: number },
  trust: StatusTrust,
): Promise<Verdict<StatusList>> {
  const opened = await openStatusList(credential, { url: list, ...trust })
  if (!opened.verified) return opened
  const { version, bitsDigest: digest } = opened.value
  const tree = { size, root: decodeBase64url(root) ?? new Uint8Array() }
  const leaf = leafHash({ list, version, digest, state: 'live' })
  return verifyInclusion(leaf, index, proof, tree) ? opened : statusInvalid('proof')
}
