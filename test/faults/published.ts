import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseStrictJson } from '../../src/core/json.ts'
import { parseDidDocument } from '../../src/did/parse-did-document.ts'
import { createDidResolver, type DidResolver } from '../../src/did/resolve-did.ts'
import type { Did } from '../../src/model/did.ts'
import { accept, refuse } from '../../src/refusal.ts'
import { readBit } from '../../src/status/bitstring.ts'
import { type HeadClaims, openHead } from '../../src/status/head.ts'
import { hostFolder } from '../../src/status/layout.ts'
import { type Leaf, openLeafTable } from '../../src/status/leaf-table.ts'
import { openStatusList, type StatusList } from '../../src/status/open-status-list.ts'
import { acceptedValue } from '../helpers/signers.ts'
import type { Counts } from './counts.ts'

/** How long a look waits for what was replaced while it read, in milliseconds. */
const AGAIN_MS = 100

/** The text of a path below the origin; `undefined` where there is none. @throws when nobody answers. */
export type Reading = (path: string) => Promise<string | undefined>

export function readServed(url: string): Reading {
  return async (path) => {
    const response = await fetch(`${url}/${path}`)
    const text = await response.text()
    return response.status === 200 ? text : undefined
  }
}

export function readDirectory(directory: string, origin: string): Reading {
  const root = join(directory, hostFolder(origin))
  return (path) => readFile(join(root, path), 'utf8').catch(() => undefined)
}

export interface Position {
  readonly list: number
  readonly index: number
}

/**
 * Follows what is published as somebody does who believes nothing: everything must verify, nothing may go back, and no revocation
 * bit that was seen set may be seen cleared (INV6, INV7).
 */
export class PublishedWatch {
  readonly #counts: Counts
  readonly name: string
  readonly #read: Reading
  readonly #origin: string
  readonly #statusIssuer: Did
  readonly #lists = new Map<string, StatusList>()
  #head: Pick<HeadClaims, 'seq' | 'iatMs'> = { seq: 0, iatMs: 0 }

  /** @param name Whose publication it is, for the counts. */
  constructor(
    counts: Counts,
    name: string,
    read: Reading,
    place: { readonly origin: string; readonly statusIssuer: Did },
  ) {
    this.#counts = counts
    this.name = name
    this.#read = read
    this.#origin = place.origin
    this.#statusIssuer = place.statusIssuer
  }

  get seq(): number {
    return this.#head.seq
  }

  /** Looks once. @returns Whether there was somebody to ask. */
  async look(): Promise<boolean> {
    const fault = await this.#faultOf().catch(() => 'nobody')
    if (fault === undefined) return true
    await sleep(AGAIN_MS)
    const again = await this.#faultOf().catch(() => 'nobody')
    if (again !== undefined && again !== 'nobody')
      this.#counts.violate('INV6', `${this.name}: ${again} (before: ${fault})`)
    return again !== 'nobody'
  }

  /** Looks until it is told to stop. */
  async follow(signal: AbortSignal, everyMs = 40): Promise<void> {
    while (!signal.aborted) {
      await this.look()
      await sleep(everyMs)
    }
  }

  /** Whether the newest lists have the bit. */
  isRevoked({ list, index }: Position): boolean {
    const bits = this.#lists.get(`${this.#origin}/status/acme/r${list}`)?.bits
    return bits !== undefined && readBit(bits, index) === true
  }

  /** @throws when nobody answers. */
  async #faultOf(): Promise<string | undefined> {
    const text = await this.#read('status/acme/head')
    if (text === undefined) return this.#head.seq === 0 ? 'nobody' : 'there is no head'
    try {
      return await this.#open(text)
    } catch (error) {
      if (error instanceof TypeError) throw error
      return String(error)
    }
  }

  async #open(text: string): Promise<string | undefined> {
    const resolver = resolverOf((await this.#read('status/did.json')) ?? '', this.#statusIssuer)
    const trust = { statusIssuer: this.#statusIssuer, resolver, now: Date.now() }
    const head = acceptedValue(await openHead(text, trust))
    this.#counts.add(`heads read (${this.name})`)
    if (head.seq < this.#head.seq || head.iatMs < this.#head.iatMs)
      return `the head goes back from ${this.#head.seq} to ${head.seq}`
    const table = await this.#read(`status/acme/leaves/${head.root}`)
    const { leaves } = acceptedValue(openLeafTable(table ?? '', head.root))
    for (const leaf of leaves.values()) await this.#openLeaf(leaf, trust)
    this.#head = head
    return undefined
  }

  async #openLeaf(
    { list, version, digest }: Leaf,
    trust: { readonly statusIssuer: Did; readonly resolver: DidResolver; readonly now: number },
  ): Promise<void> {
    const held = this.#lists.get(list)
    if (held?.version === version && held.bitsDigest === digest) return
    const path = `${list.slice(this.#origin.length + 1)}/${version}.jwt`
    const opened = acceptedValue(
      await openStatusList((await this.#read(path)) ?? '', { url: list, ...trust }),
    )
    if (opened.version !== version || opened.bitsDigest !== digest)
      throw new Error(`${list} is not what its leaf says`)
    if (held !== undefined && version <= held.version)
      throw new Error(`${list} goes back from ${held.version} to ${version}`)
    if (held !== undefined && held.purpose === 'revocation' && hasCleared(held.bits, opened.bits))
      this.#counts.violate('INV7', `${this.name}: ${list} of ${version} clears a bit`)
    this.#lists.set(list, opened)
    this.#counts.add(`lists read (${this.name})`)
  }
}

function hasCleared(before: Uint8Array, after: Uint8Array): boolean {
  return before.some((byte, i) => (byte & ~(after[i] ?? 0)) !== 0)
}

/** Read anew for each look, because keys may have been rotated since the last one, and before it, because a resolver hides that nobody answers. */
function resolverOf(documentText: string, statusIssuer: Did): DidResolver {
  return createDidResolver({
    methods: {
      web: () => {
        const json = parseStrictJson(documentText)
        const document = json && parseDidDocument(json, statusIssuer, Date.now())
        return document ? accept(document) : refuse('did_unresolvable')
      },
    },
  })
}
