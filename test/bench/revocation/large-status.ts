import { randomInt } from 'node:crypto'
import { STATUS_PURPOSES, type StatusPurpose } from '../../../src/model/status-list-entry.ts'
import { signCompactJws } from '../../../src/securing/vc-jose/sign.ts'
import { bitsDigest, createBits, STATUS_LIST_ENTRIES, writeBit } from '../../../src/status/bitstring.ts'
import {
  CHANGES_KEPT_SLICES,
  changesSliceOf,
  encodeChanges,
  type ListChange,
  mergeChanges,
} from '../../../src/status/changes.ts'
import { DEFAULT_HEARTBEAT_SECONDS } from '../../../src/status/freshness.ts'
import { headDigest } from '../../../src/status/head.ts'
import {
  changesUrl,
  headUrl,
  leafTableUrl,
  listVersionUrl,
  statusListId,
  statusListUrl,
} from '../../../src/status/layout.ts'
import { encodeLeafTable, type Leaf, leafTableRoot } from '../../../src/status/leaf-table.ts'
import { signHead } from '../../../src/status/sign-head.ts'
import type { SignJws } from '../../../src/status/sign-jws.ts'
import { signStatusList } from '../../../src/status/sign-status-list.ts'
import type { TrustEntry } from '../../../src/verifier/trust.ts'
import type { Person } from '../../helpers/world.ts'

export const BASE = 'https://id.example/status/acme'

/** How full the lists are: revocations stay until their credentials would have ended, suspensions come and go. */
const SET_PART: Readonly<Record<StatusPurpose, number>> = { revocation: 0.01, suspension: 0.001 }

export interface LargeList {
  readonly url: string
  readonly purpose: StatusPurpose
  readonly pair: number
  readonly bits: Uint8Array
  version: number
  digest: string
}

export interface LargeStatusOptions {
  readonly authority: Person
  readonly status: Person
  /** Pairs of lists. */
  readonly pairs: number
  /** Default: both. */
  readonly purposes?: readonly StatusPurpose[]
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The status of many credentials as one issuer signs it, in memory, with a clock that its user moves. */
export class LargeStatus {
  readonly trust: TrustEntry
  readonly #lists: LargeList[]
  /** What lies where, by URL. */
  readonly documents = new Map<string, string>()
  readonly authority: Person
  /** Who signs it. */
  readonly status: Person
  readonly #sign: SignJws
  readonly #slices = new Map<number, readonly ListChange[]>()
  #leavesUrl = ''
  #seq = 0
  #prev: string | null = null

  constructor({ authority, status, pairs, purposes = STATUS_PURPOSES, now }: LargeStatusOptions) {
    this.authority = authority
    this.status = status
    this.#sign = (jws) => signCompactJws({ ...jws, signer: status.signer })
    this.#lists = Array.from({ length: pairs }, (_, i) =>
      purposes.map((purpose) => makeList(purpose, i + 1, now)),
    ).flat()
    const names = { authority: authority.did, statusIssuer: status.did }
    this.trust = { ...names, statusOrigins: [`${BASE}/`], head: headUrl(BASE) }
  }

  get lists(): readonly LargeList[] {
    return this.#lists
  }

  /** Begins a pair, of which nothing is set. */
  addPair(at: number): void {
    const pair = (this.#lists.at(-1)?.pair ?? 0) + 1
    for (const purpose of STATUS_PURPOSES) {
      const list = makeList(purpose, pair, at, 0)
      this.#lists.push(list)
      this.change(list, [], at)
    }
  }

  list(purpose: StatusPurpose, pair: number): LargeList {
    const list = this.lists.find((one) => one.pair === pair && one.purpose === purpose)
    if (list === undefined) throw new Error('there is no such list')
    return list
  }

  /** Publishes every list as it is, for who has none. */
  async publishLists(): Promise<void> {
    for (const { url, purpose, bits, version } of this.lists) {
      const list = { url, purpose, bits, statusIssuer: this.status.did, validFrom: version }
      this.documents.set(listVersionUrl(url, version), await signStatusList(list, this.#sign))
    }
  }

  /** Signs a list anew, with these entries set beside those that are. @param at Its version: after its last one. */
  change(list: LargeList, set: readonly number[], at: number): void {
    for (const index of set) writeBit(list.bits, index, true)
    list.version = at
    if (set.length > 0) list.digest = bitsDigest(list.bits)
    const { purpose, pair } = list
    const slice = changesSliceOf(at)
    const joined = mergeChanges(this.#slices.get(slice) ?? [], [
      { purpose, pair, version: at, set, clear: [] },
    ])
    this.#slices.set(slice, joined)
  }

  /** Signs the newest head, and serves leaf table and changes with it. @param heads So many were signed since the one before. */
  async publishHead(now: number, heads = 1): Promise<void> {
    const leaves = this.lists.map(leafOf)
    const root = leafTableRoot(leaves)
    this.documents.delete(this.#leavesUrl)
    this.#leavesUrl = leafTableUrl(BASE, root)
    this.documents.set(this.#leavesUrl, encodeLeafTable(leaves))
    this.#publishSlices(changesSliceOf(now))
    this.#seq += heads
    const claims = { statusIssuer: this.status.did, seq: this.#seq, iatMs: now, prev: this.#prev, root }
    const head = { ...claims, emergency: null, heartbeat: DEFAULT_HEARTBEAT_SECONDS }
    const token = await signHead(head, this.#sign)
    this.#prev = headDigest(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
    this.documents.set(headUrl(BASE), token)
  }

  /** As far as they are kept. Every minute has a slice, also where nothing changed. */
  #publishSlices(newest: number): void {
    this.#slices.set(newest, this.#slices.get(newest) ?? [])
    for (const [slice, changes] of this.#slices) {
      if (slice > newest - CHANGES_KEPT_SLICES)
        this.documents.set(changesUrl(BASE, slice), encodeChanges(slice, changes))
      else this.#forget(slice)
    }
  }

  #forget(slice: number): void {
    this.#slices.delete(slice)
    this.documents.delete(changesUrl(BASE, slice))
  }
}

function makeList(
  purpose: StatusPurpose,
  pair: number,
  version: number,
  part: number = SET_PART[purpose],
): LargeList {
  const bits = createBits()
  for (let i = 0; i < STATUS_LIST_ENTRIES * part; i++) writeBit(bits, randomInt(STATUS_LIST_ENTRIES), true)
  const url = statusListUrl(BASE, statusListId(purpose, pair))
  return { url, purpose, pair, bits, version, digest: bitsDigest(bits) }
}

function leafOf({ url, version, digest }: LargeList): Leaf {
  return { list: url, version, digest, state: 'live' }
}
