import { decodeMultikey } from '../../did/multikey.ts'
import { parseDidDocument } from '../../did/parse-did-document.ts'
import { createDidResolver, type DidResolver } from '../../did/resolve-did.ts'
import type { FoundList } from '../../issuer/catch-up-store.ts'
import type { PublishedHead } from '../../issuer/published-status.ts'
import type { Tenant } from '../../issuer/records.ts'
import { listOfUrl } from '../../issuer/status-address.ts'
import { emergencyPath, headPath, leafTablePath, versionPaths } from '../../issuer/status-files.ts'
import { accept, refuse, type Verdict } from '../../refusal.ts'
import { parseCompactJws } from '../../securing/vc-jose/compact-jws.ts'
import { VC_JWT_TYPE } from '../../securing/vc-jose/parse-vc-jwt.ts'
import { type EmergencyList, MAX_EMERGENCY_BYTES, openCommittedEmergency } from '../../status/emergency.ts'
import { HEAD_TYP, MAX_HEAD_BYTES, openHead } from '../../status/head.ts'
import { type Leaf, MAX_LEAF_TABLE_CHARS, openLeafTable } from '../../status/leaf-table.ts'
import { openStatusList } from '../../status/open-status-list.ts'
import { WHENEVER } from '../../status/status-jws.ts'
import { MAX_STATUS_LIST_BYTES } from '../../status/status-list-credential.ts'
import { misconfigured } from '../backup/backup-files.ts'
import { webStatusDidOf } from '../did-document.ts'
import type { PublishedPlace } from './published-place.ts'

/** Whose status is looked for. */
export interface PublishedOf {
  readonly tenant: Tenant
  readonly origin: string
  /** Knows the keys of the registry. */
  readonly resolver: DidResolver
  /** Keys of a `did:web` status issuer that the registry does not have, and whoever calls vouches for, by their names. */
  readonly statusKeys: readonly string[]
}

/** What one place shows of a tenant, all of it verified. */
export interface ReadStatus {
  readonly head: PublishedHead
  readonly emergency?: EmergencyList
  readonly lists: readonly FoundList[]
  /** Those of `statusKeys` that signed it. */
  readonly unknownKeys: readonly string[]
}

/**
 * Reads the newest head of a tenant at a place, and every list that it commits to. All of it must be signed by the status issuer: with a
 * key of the registry, or with one that whoever calls vouches for. No place vouches for what lies there. What is missing or does not verify ends it: half of what was published would lose revocations.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`; `ERR_PROCURA_STORAGE` when the place does not answer.
 */
export async function readPublished(place: PublishedPlace, of: PublishedOf): Promise<ReadStatus> {
  return await new Reading(place, of).read()
}

class Reading {
  readonly #place: PublishedPlace
  readonly #of: PublishedOf
  readonly #unknownKeys = new Set<string>()

  constructor(place: PublishedPlace, of: PublishedOf) {
    this.#place = place
    this.#of = of
  }

  async read(): Promise<ReadStatus> {
    const { tenant } = this.#of
    const jwt = await this.#file(headPath(tenant.id), MAX_HEAD_BYTES)
    const head = await this.#open(jwt.trim(), { typ: HEAD_TYP, maxBytes: MAX_HEAD_BYTES }, (trust) =>
      openHead(jwt.trim(), trust),
    )
    const { seq, iatMs, root } = head
    const emergency = head.emergency === null ? undefined : await this.#emergency(head.emergency)
    const leafTable = await this.#file(leafTablePath(tenant.id, root), MAX_LEAF_TABLE_CHARS)
    const opened = openLeafTable(leafTable, root)
    if (!opened.verified) throw this.#broken(`the table of lists of its head ${seq}`)
    const lists: FoundList[] = []
    for (const leaf of opened.value.leaves.values())
      if (leaf.state === 'live') lists.push(await this.#list(leaf))
    return {
      head: { seq, iatMs, root, jwt: jwt.trim(), leafTable },
      ...(emergency !== undefined && { emergency }),
      lists,
      unknownKeys: [...this.#unknownKeys],
    }
  }

  /** The head vouches for it: the key of the authority may have been rotated since the backup. */
  async #emergency(digest: string): Promise<EmergencyList> {
    const token = await this.#file(emergencyPath(this.#of.tenant.id), MAX_EMERGENCY_BYTES)
    const list = openCommittedEmergency(token.trim(), digest)
    if (!list.verified) throw this.#broken('the emergency list')
    return list.value
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

  /** By a key of the registry, else by one that somebody vouches for. */
  async #open<T>(text: string, form: Form, open: (trust: Trust) => Promise<Verdict<T>>): Promise<T> {
    const { statusIssuer } = this.#of.tenant
    const own = await open({ statusIssuer, resolver: this.#of.resolver, ...WHENEVER })
    if (own.verified) return own.value
    const jws = parseCompactJws(text, form.typ, form.maxBytes)
    const kid = jws.verified ? jws.value.kid : ''
    const resolver = rotatedKeyResolver(kid, this.#of)
    const other = resolver === undefined ? own : await open({ statusIssuer, resolver, ...WHENEVER })
    if (!other.verified) throw this.#broken(form.typ === HEAD_TYP ? 'its head' : 'a list')
    if (!this.#of.statusKeys.includes(kid)) throw this.#unknown(kid)
    this.#unknownKeys.add(kid)
    return other.value
  }

  #unknown(kid: string) {
    return misconfigured(
      `${this.#place.name}: what is published of tenant ${this.#of.tenant.id} there is signed with ${kid}, a key that this registry does not have; nothing was changed: whoever can write there may have made it. If the status key was rotated after the backup, compare it with what tells of that elsewhere (the answer of the rotation, an export of the audit trail, the document that a verifier has), and name it with --status-key ${kid}`,
    )
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

/** A rotated key of the service is named by itself, so its name is all that is needed to verify with it. */
function rotatedKeyResolver(
  kid: string,
  { tenant: { statusIssuer }, origin }: PublishedOf,
): DidResolver | undefined {
  const publicKeyMultibase = kid.slice(kid.indexOf('#') + 1)
  if (statusIssuer !== webStatusDidOf(origin) || !decodeMultikey(publicKeyMultibase).verified)
    return undefined
  const method = { id: kid, type: 'Multikey', controller: statusIssuer, publicKeyMultibase }
  const json = { id: statusIssuer, verificationMethod: [method], assertionMethod: [kid] }
  const document = parseDidDocument(json, statusIssuer, 0)
  if (document === undefined) return undefined
  const web = async (did: string) =>
    did === statusIssuer ? accept(document) : refuse('did_unresolvable', { dimension: 'did' })
  return createDidResolver({ methods: { web } })
}
