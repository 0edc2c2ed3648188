import { parseStrictJson } from '../../core/json.ts'
import { parseDidDocument } from '../../did/parse-did-document.ts'
import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import type { FoundList } from '../../issuer/catch-up-store.ts'
import type { PublishedHead } from '../../issuer/published-status.ts'
import type { Tenant } from '../../issuer/records.ts'
import { listOfUrl } from '../../issuer/status-address.ts'
import { headPath, leafTablePath, versionPaths } from '../../issuer/status-files.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { parseCompactJws } from '../../securing/vc-jose/compact-jws.ts'
import { VC_JWT_TYPE } from '../../securing/vc-jose/parse-vc-jwt.ts'
import { HEAD_TYP, MAX_HEAD_BYTES, openHead } from '../../status/head.ts'
import { type Leaf, MAX_LEAF_TABLE_CHARS, openLeafTable } from '../../status/leaf-table.ts'
import { openStatusList } from '../../status/open-status-list.ts'
import { WHENEVER } from '../../status/status-jws.ts'
import { MAX_STATUS_LIST_BYTES } from '../../status/status-list-credential.ts'
import { misconfigured } from '../backup/backup-files.ts'
import { webStatusDidOf } from '../did-document.ts'
import type { PublishedPlace } from './published-place.ts'

/** Longest DID document that is read, in bytes. */
const MAX_DOCUMENT_BYTES = 64 * 1024

/** Whose status is looked for. */
export interface PublishedOf {
  readonly tenant: Tenant
  readonly origin: string
  /** Knows the keys of the registry. */
  readonly resolver: DidResolver
}

/** What one place shows of a tenant, all of it verified. */
export interface ReadStatus {
  readonly head: PublishedHead
  readonly lists: readonly FoundList[]
  /** Keys that the registry does not have, and the document beside the status does. */
  readonly unknownKeys: readonly string[]
}

/**
 * Reads the newest head of a tenant at a place, and every list that it commits to. All of it must be signed by the status issuer: with a
 * key of the registry, or, of a `did:web`, with one that the document published beside it lists, which whoever named the place vouches
 * for. What is missing or does not verify ends it: half of what was published would lose revocations.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`; `ERR_PROCURA_STORAGE` when the place does not answer.
 */
export async function readPublished(place: PublishedPlace, of: PublishedOf): Promise<ReadStatus> {
  return await new Reading(place, of, await documentResolver(place, of)).read()
}

class Reading {
  readonly #place: PublishedPlace
  readonly #of: PublishedOf
  readonly #document: DidResolver | undefined
  readonly #unknownKeys = new Set<string>()

  constructor(place: PublishedPlace, of: PublishedOf, document: DidResolver | undefined) {
    this.#place = place
    this.#of = of
    this.#document = document
  }

  async read(): Promise<ReadStatus> {
    const { tenant } = this.#of
    const jwt = await this.#file(headPath(tenant.id), MAX_HEAD_BYTES)
    const head = await this.#open(jwt.trim(), { typ: HEAD_TYP, maxBytes: MAX_HEAD_BYTES }, (trust) =>
      openHead(jwt.trim(), trust),
    )
    const { seq, iatMs, root } = head
    const leafTable = await this.#file(leafTablePath(tenant.id, root), MAX_LEAF_TABLE_CHARS)
    const opened = openLeafTable(leafTable, root)
    if (!opened.verified) throw this.#broken(`the table of lists of its head ${seq}`)
    const lists: FoundList[] = []
    for (const leaf of opened.value.leaves.values())
      if (leaf.state === 'live') lists.push(await this.#list(leaf))
    return {
      head: { seq, iatMs, root, jwt: jwt.trim(), leafTable },
      lists,
      unknownKeys: [...this.#unknownKeys],
    }
  }

  async #list(leaf: Leaf): Promise<FoundList> {
    const { tenant, origin } = this.#of
    const name = listOfUrl(origin, tenant.id, leaf.list)
    if (name === undefined) throw this.#broken(`the address ${leaf.list}`)
    const [path] = versionPaths(tenant.id, name, leaf.version)
    const jwt = (await this.#file(path, MAX_STATUS_LIST_BYTES)).trim()
    const form = { typ: VC_JWT_TYPE, maxBytes: MAX_STATUS_LIST_BYTES }
    const expected = { url: leaf.list, purpose: name.purpose }
    const { version, validUntil, bits, bitsDigest } = await this.#open(jwt, form, (trust) =>
      openStatusList(jwt, { ...trust, ...expected }),
    )
    if (version !== leaf.version || bitsDigest !== leaf.digest) throw this.#broken(leaf.list)
    return { ...name, version, validUntil, bitsDigest, jwt, bits }
  }

  async #file(path: string, maxBytes: number): Promise<string> {
    const text = await this.#place.read(path, maxBytes)
    if (text !== undefined) return text
    throw misconfigured(
      `${this.#place.name} has no ${path}: name the place where the status of ${this.#of.origin} was published last, as a whole`,
    )
  }

  /** By a key of the registry, else by one of the document that lies there. */
  async #open<T>(text: string, form: Form, open: (trust: Trust) => Promise<Verdict<T>>): Promise<T> {
    const { statusIssuer } = this.#of.tenant
    const own = await open({ statusIssuer, resolver: this.#of.resolver, ...WHENEVER })
    if (own.verified) return own.value
    const other =
      this.#document === undefined ? own : await open({ statusIssuer, resolver: this.#document, ...WHENEVER })
    const jws = parseCompactJws(text, form.typ, form.maxBytes)
    if (!other.verified || !jws.verified) throw this.#broken(form.typ === HEAD_TYP ? 'its head' : 'a list')
    this.#unknownKeys.add(jws.value.kid)
    return other.value
  }

  #broken(what: string) {
    return misconfigured(
      `${this.#place.name}: ${what} of tenant ${this.#of.tenant.id} does not verify; nothing was changed: name a place that was not tampered with`,
    )
  }
}

interface Trust {
  readonly statusIssuer: Tenant['statusIssuer']
  readonly resolver: DidResolver
  readonly now: number
  readonly skewMs: number
}

interface Form {
  readonly typ: string
  readonly maxBytes: number
}

/** Keys that were made after the backup are in the document that was published with them. */
async function documentResolver(
  place: PublishedPlace,
  { tenant: { statusIssuer }, origin }: PublishedOf,
): Promise<DidResolver | undefined> {
  if (statusIssuer !== webStatusDidOf(origin)) return undefined
  const text = await place.read('status/did.json', MAX_DOCUMENT_BYTES)
  const json = text === undefined ? undefined : parseStrictJson(text)
  const document = json === undefined ? undefined : parseDidDocument(json, statusIssuer, 0)
  if (document === undefined) return undefined
  const web = async (did: string) =>
    did === statusIssuer ? accept(document) : refuse('did_unresolvable', { dimension: 'did' })
  return createDidResolver({ methods: { web } })
}
