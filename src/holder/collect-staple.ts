import { decodeUtf8 } from '../core/bytes.ts'
import type { Fetch } from '../core/clock.ts'
import { fetchBounded } from '../core/fetch-bounded.ts'
import type { JsonObject } from '../core/json.ts'
import type { LruMap } from '../core/lru-map.ts'
import { ProcuraError } from '../errors.ts'
import type { ParsedChain } from '../model/chain.ts'
import type { Verdict } from '../refusal.ts'
import { parseCompactJws } from '../securing/vc-jose/compact-jws.ts'
import { buildStaple } from '../status/build-staple.ts'
import { MAX_EMERGENCY_BYTES } from '../status/emergency.ts'
import { HEAD_TYP, type HeadClaims, MAX_HEAD_BYTES, parseHead } from '../status/head.ts'
import { emergencyUrl, headUrl, leafTableUrl, listVersionUrl } from '../status/layout.ts'
import { type CommittedLeaves, MAX_LEAF_TABLE_CHARS, openLeafTable } from '../status/leaf-table.ts'
import { listsOfChain } from '../status/staple.ts'
import { MAX_STATUS_LIST_BYTES } from '../status/status-list-credential.ts'

/*
 * Loaded when the first staple is made.
 */

/**
 * Longest staple, as JSON in characters: the four lists of most chains with half of all revocations set, and short enough for
 * servers that take requests of 100 KiB.
 */
export const MAX_STAPLE_CHARS: number = 64 * 1024

/** Time for one document, in milliseconds. */
const DEADLINE_MS = 3_000

/**
 * Collects the status of a chain as it is published now. Whoever is shown it checks every signature, so nobody does here.
 *
 * @param kept What was fetched before and never changes.
 * @throws {ProcuraError} `ERR_PROCURA_ISSUER_UNREACHABLE` when some of it cannot be had, or used;
 *   `ERR_PROCURA_PAYLOAD_TOO_LARGE` when it is longer than {@link MAX_STAPLE_CHARS}.
 */
export async function collectStaple(
  chain: ParsedChain,
  fetch: Fetch,
  kept: LruMap<string, string>,
): Promise<JsonObject> {
  const urls = listsOfChain(chain)
  const base = baseOf(urls)
  const head = await get(fetch, headUrl(base), MAX_HEAD_BYTES)
  const claims = usable(claimsOf(head))
  const getOnce = async (url: string, maxBytes: number): Promise<string> => {
    const text = kept.get(url) ?? (await get(fetch, url, maxBytes))
    kept.set(url, text)
    return text
  }
  const table = await getOnce(leafTableUrl(base, claims.root), MAX_LEAF_TABLE_CHARS)
  const committed = usable(openLeafTable(table, claims.root))
  const lists = await Promise.all(
    urls.map(async (url) => [url, await getOnce(versionOf(url, committed), MAX_STATUS_LIST_BYTES)] as const),
  )
  const isListed = claims.emergency !== null
  const emergency = isListed ? await get(fetch, emergencyUrl(base), MAX_EMERGENCY_BYTES) : null
  const leaves = [...committed.leaves.values()]
  return fitting(buildStaple({ head, emergency, leaves, lists: new Map(lists) }))
}

/** All lists have to lie under one head. */
function baseOf(urls: readonly string[]): string {
  const [base, ...others] = new Set(urls.map((url) => url.slice(0, url.lastIndexOf('/'))))
  if (base === undefined || others.length > 0) throw unusable('the chain has no status under one head')
  return base
}

function claimsOf(head: string): Verdict<HeadClaims> {
  const jws = parseCompactJws(head, HEAD_TYP, MAX_HEAD_BYTES)
  return jws.verified ? parseHead(jws.value.payload) : jws
}

function versionOf(url: string, { leaves }: CommittedLeaves): string {
  const leaf = leaves.get(url)
  if (leaf?.state !== 'live') throw unusable('the newest head does not commit to a list of the chain')
  return listVersionUrl(url, leaf.version)
}

function fitting(staple: JsonObject): JsonObject {
  const chars = JSON.stringify(staple).length
  if (chars <= MAX_STAPLE_CHARS) return staple
  throw new ProcuraError(
    'ERR_PROCURA_PAYLOAD_TOO_LARGE',
    `the status of the chain has ${chars} characters; at most ${MAX_STAPLE_CHARS} are sent along`,
  )
}

async function get(fetch: Fetch, url: string, maxBytes: number): Promise<string> {
  const fetched = await fetchBounded(fetch, url, { maxBytes, deadlineMs: DEADLINE_MS })
  if ('cause' in fetched) throw unusable(`${new URL(url).pathname} cannot be had (${fetched.cause})`)
  return decodeUtf8(fetched)?.trim() ?? ''
}

function usable<T>(verdict: Verdict<T>): T {
  if (verdict.verified) return verdict.value
  throw unusable(`what is published cannot be used (${verdict.refusal.dimension ?? verdict.refusal.code})`)
}

function unusable(problem: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_ISSUER_UNREACHABLE', `there is no status to bring along: ${problem}`)
}
