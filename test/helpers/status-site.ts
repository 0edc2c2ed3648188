import { sha256 } from '#crypto'
import { encodeBase64url } from '../../src/core/base64url.ts'
import type { Fetch } from '../../src/core/clock.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import type { StatusEntry, StatusPurpose } from '../../src/model/status-list-entry.ts'
import { signCompactJws } from '../../src/securing/vc-jose/sign.ts'
import { bitsDigest, createBits, readBit, writeBit } from '../../src/status/bitstring.ts'
import { changesSliceOf, encodeChanges, type ListChange, mergeChanges } from '../../src/status/changes.ts'
import type { Emergency } from '../../src/status/emergency.ts'
import { changesUrl, emergencyUrl, headUrl, leafTableUrl, listVersionUrl } from '../../src/status/layout.ts'
import { encodeLeafTable, type Leaf, type LeafState, leafTableRoot } from '../../src/status/leaf-table.ts'
import { signEmergency } from '../../src/status/sign-emergency.ts'
import { signHead } from '../../src/status/sign-head.ts'
import type { SignJws } from '../../src/status/sign-jws.ts'
import { signStatusList } from '../../src/status/sign-status-list.ts'

interface Person {
  readonly did: Did
  readonly signer: Signer
}

interface SiteList {
  readonly url: string
  readonly purpose: StatusPurpose
  readonly bits: Uint8Array
  version: number
  dirty: boolean
  /** As they were published last. */
  published?: Uint8Array
  state: LeafState
}

/**
 * A status issuer and the site that serves what it signs, for verifier tests: `fetch` answers from memory, and every
 * answer can be tampered with through `documents`.
 */
export class StatusSite {
  readonly base: string
  readonly documents = new Map<string, string>()
  /** URLs asked for, in order. */
  readonly requests: string[] = []
  readonly statusIssuer: Did
  heartbeat = 10
  /** What the next head commits to. */
  emergency: string | null = null
  reachable = true
  readonly #sign: SignJws
  readonly #now: () => number
  readonly #lists = new Map<string, SiteList>()
  readonly #slices = new Map<number, readonly ListChange[]>()
  #seq = 0
  #prev: string | null = null

  constructor(base: string, statusIssuer: Did, signer: Signer, now: () => number) {
    this.base = base
    this.statusIssuer = statusIssuer
    this.#sign = (jws) => signCompactJws({ ...jws, signer })
    this.#now = now
    this.addList(`${base}/r1`, 'revocation')
    this.addList(`${base}/s1`, 'suspension')
  }

  entry(index: number): StatusEntry {
    return { revocation: `${this.base}/r1`, suspension: `${this.base}/s1`, index }
  }

  /** @param pair Of the lists; default: in all of the purpose. */
  set(purpose: StatusPurpose, index: number, value = true, pair?: number): void {
    for (const list of this.#lists.values()) {
      if (list.purpose !== purpose || (pair !== undefined && !list.url.endsWith(`${purpose[0]}${pair}`)))
        continue
      writeBit(list.bits, index, value)
      list.dirty = true
    }
  }

  /** Signs an emergency list, to which heads commit from now on. @returns The token, as it is served. */
  async declare(authority: Person, listed: Partial<Emergency> = {}, seq = 1): Promise<string> {
    const { did, signer } = authority
    const nothing = { keys: [], owners: [], authority: false }
    const claims = { issuer: did, seq, iatMs: this.#now(), ...nothing, ...listed }
    const token = await signEmergency(claims, (jws) => signCompactJws({ ...jws, signer }))
    this.emergency = encodeBase64url(sha256(Buffer.from(token.split('.')[1] ?? '', 'base64url')))
    this.documents.set(emergencyUrl(this.base), token)
    return token
  }

  /** Signs what changed, and a head in any case. */
  async publish(): Promise<void> {
    const changed = [...this.#lists.values()].filter(({ dirty }) => dirty)
    for (const list of changed) await this.#publishList(list)
    this.#publishChanges(changed)
    const leaves = [...this.#lists.values()].map(leafOf)
    const root = leafTableRoot(leaves)
    this.documents.set(leafTableUrl(this.base, root), encodeLeafTable(leaves))
    this.#seq += 1
    const claims = { statusIssuer: this.statusIssuer, seq: this.#seq, iatMs: this.#now(), prev: this.#prev }
    const token = await signHead(
      { ...claims, root, emergency: this.emergency, heartbeat: this.heartbeat },
      this.#sign,
    )
    this.#prev = encodeBase64url(sha256(Buffer.from(token.split('.')[1] ?? '', 'base64url')))
    this.documents.set(headUrl(this.base), token)
  }

  /** The next head takes the number of the last one: what an honest status issuer never does. */
  rewind(): void {
    this.#seq -= 1
  }

  /** The next head leaves out so many numbers: no reader can follow a lower one afterwards. */
  skip(heads: number): void {
    this.#seq += heads
  }

  /** Serves no changes of what was published so far: readers have to take the lists. */
  forgetChanges(): void {
    for (const url of this.documents.keys()) if (url.includes('/changes/')) this.documents.delete(url)
  }

  retire(id: string): void {
    const list = this.#lists.get(`${this.base}/${id}`)
    if (list !== undefined) list.state = 'retired'
  }

  readonly fetch: Fetch = async (input) => {
    const url = String(input)
    this.requests.push(url)
    if (!this.reachable) throw new TypeError('fetch failed')
    const document = this.documents.get(url)
    return document === undefined ? new Response('', { status: 404 }) : new Response(document)
  }

  addList(url: string, purpose: StatusPurpose): void {
    this.#lists.set(url, { url, purpose, bits: createBits(), version: 0, dirty: true, state: 'live' })
  }

  #publishChanges(lists: readonly SiteList[]): void {
    const slice = changesSliceOf(this.#now())
    const joined = mergeChanges(this.#slices.get(slice) ?? [], lists.map(changeOf))
    this.#slices.set(slice, joined)
    this.documents.set(changesUrl(this.base, slice), encodeChanges(slice, joined))
    for (const list of lists) list.published = new Uint8Array(list.bits)
  }

  async #publishList(list: SiteList): Promise<void> {
    list.version = Math.max(list.version + 1, this.#now())
    const { url, purpose, bits, version } = list
    const token = await signStatusList(
      { url, purpose, bits, statusIssuer: this.statusIssuer, validFrom: version },
      this.#sign,
    )
    this.documents.set(listVersionUrl(url, version), token)
    this.documents.set(url, token)
    list.dirty = false
  }
}

function changeOf({ url, purpose, bits, version, published = createBits() }: SiteList): ListChange {
  const bytes = [...bits.keys()].filter((byte) => bits[byte] !== published[byte])
  const indexes = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => byte * 8 + bit))
  const changed = indexes.filter((index) => readBit(bits, index) !== readBit(published, index))
  const set = changed.filter((index) => readBit(bits, index))
  const clear = changed.filter((index) => !readBit(bits, index))
  return { purpose, pair: Number(url.slice(url.lastIndexOf('/') + 2)), version, set, clear }
}

function leafOf({ url, version, bits, state }: SiteList): Leaf {
  return { list: url, version, digest: bitsDigest(bits), state }
}
