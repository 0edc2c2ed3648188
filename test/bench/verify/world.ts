import { randomInt } from 'node:crypto'
import { systemRandom } from '../../../src/core/clock.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { parseLink } from '../../../src/delegation/parse-link.ts'
import { credentialToJson } from '../../../src/model/build-credential.ts'
import type { Mechanism } from '../../../src/model/chain.ts'
import type { ChainCredential } from '../../../src/model/credential.ts'
import type { Signer } from '../../../src/model/signer.ts'
import type { StatusEntry } from '../../../src/model/status-list-entry.ts'
import { signDataIntegrity } from '../../../src/securing/data-integrity/sign.ts'
import { signCredential } from '../../../src/securing/sign-credential.ts'
import { createLocalSigner, generateKey } from '../../../src/securing/vc-jose/local-signer.ts'
import { STATUS_LIST_ENTRIES } from '../../../src/status/bitstring.ts'
import type { TrustEntry } from '../../../src/verifier/trust.ts'
import { StatusSite } from '../../helpers/status-site.ts'
import { makePerson, type Person } from '../../helpers/world.ts'
import { agentCredential, type Delegated, ownerCredential, runCredential } from './credentials.ts'

/** When everything here takes place, in milliseconds since 1970: time stands still while it is measured. */
export const NOW: number = Date.now()

const BASE = 'https://id.example/status/acme'

/** Pairs of lists in use, and how full they are. */
const PAIRS = 4
const SET_PART = 0.01

/** Indexes that a link leases to the next ones. */
const LEASED = 8

export const AUDIENCE = 'https://pay.example/'

/** What is asked of every chain. */
export const ASK = {
  action: 'payment.initiate',
  arguments: { amount: '49.90', currency: 'EUR', payee: 'acct-2' },
} as const

/** A chain, root first, and who presents it. */
export interface Chain {
  readonly texts: readonly string[]
  readonly presenter: Person
}

/** What is wrong with a chain: its last link is signed by a stranger, or link 1 is revoked. */
export type Fault = 'forged' | 'revoked'

/**
 * An authority with the status of many credentials, that makes chains of which no key and no token but the authority's
 * occurs twice.
 */
export class BenchWorld {
  readonly clock = (): number => NOW
  readonly trust: TrustEntry
  readonly site: StatusSite
  readonly #authority: Person
  readonly #statusSigner: Signer
  readonly #set: Set<number>
  #ids = 0
  /** Chains that no request field holds, as a store that several processes share has them: here nobody has verified them. */
  readonly sentChains = new Map<string, readonly string[]>()

  private constructor(authority: Person, status: Person) {
    this.#authority = authority
    this.#statusSigner = status.signer
    this.site = new StatusSite(BASE, status.did, status.signer, this.clock)
    for (let pair = 2; pair <= PAIRS; pair++) {
      this.site.addList(`${BASE}/r${pair}`, 'revocation')
      this.site.addList(`${BASE}/s${pair}`, 'suspension')
    }
    this.#set = new Set(Array.from({ length: STATUS_LIST_ENTRIES * SET_PART }, () => randomIndex()))
    for (const index of this.#set) {
      this.site.set('revocation', index)
      this.site.set('suspension', index)
    }
    const { statusIssuer, base } = this.site
    this.trust = {
      authority: authority.did,
      statusIssuer,
      statusOrigins: [`${base}/`],
      head: `${base}/head`,
    }
  }

  static async create(): Promise<BenchWorld> {
    const world = new BenchWorld(await makePerson(), await makePerson())
    await world.site.publish()
    return world
  }

  /** @param length Credentials, link 0 included; at least 2. */
  async chain(length: number, mechanism: Mechanism = 'vc+jwt', fault?: Fault): Promise<Chain> {
    const pair = lists(randomInt(1, PAIRS + 1))
    let issuer = await makePerson()
    const texts = [await this.#sign(this.#owner(issuer, pair), this.#authority, mechanism)]
    let indexes = this.#indexesFor(fault)
    for (let depth = length - 2; depth >= 0; depth--) {
      const subject = await makePerson()
      const [index = 0, ...rest] = indexes
      indexes = rest
      const lease = depth === 0 ? [] : [{ ...pair, indexes }]
      const place = { ...this.#place(issuer, subject), status: { ...pair, index }, lease, depth }
      const credential = await this.#delegation(place, texts)
      const signer = depth === 0 && fault === 'forged' ? await impostorOf(issuer) : issuer
      texts.push(await this.#sign(credential, signer, mechanism))
      issuer = subject
    }
    return { texts, presenter: issuer }
  }

  #owner(owner: Person, pair: Omit<StatusEntry, 'index'>): ChainCredential {
    const { statusIssuer, base } = this.site
    const place = { ...this.#place(this.#authority, owner), status: { ...pair, index: this.#freeIndex() } }
    return ownerCredential(place, { issuer: statusIssuer, origins: [`${base}/`] })
  }

  async #delegation(place: Delegated, above: readonly string[]): Promise<ChainCredential> {
    if (above.length === 1) return agentCredential(place, this.#authority.did)
    const parent = await parseLink(above.at(-1) ?? '')
    if (!parent.verified) throw new Error(`the benchmark's own link is ${parent.refusal.code}`)
    return runCredential(place, parent.value)
  }

  #place(issuer: Person, subject: Person) {
    this.#ids += 1
    const id = `urn:uuid:00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`
    return { id, issuer: issuer.did, subject: subject.did, now: NOW }
  }

  /** The lists as others read them: signed in JSON over RDF, by URL. */
  async listDocuments(): Promise<Record<string, JsonObject>> {
    const documents: Record<string, JsonObject> = {}
    for (let pair = 1; pair <= PAIRS; pair++) {
      for (const url of Object.values(lists(pair))) {
        const [, payload = ''] = this.site.documents.get(url)?.split('.') ?? []
        documents[url] = await signDataIntegrity({
          document: JSON.parse(Buffer.from(payload, 'base64url').toString()),
          cryptosuite: 'eddsa-rdfc-2022',
          signer: this.#statusSigner,
        })
      }
    }
    return documents
  }

  /** Revokes link 1 of each chain, and publishes that. */
  async revoke(chains: readonly Chain[]): Promise<void> {
    for (const { texts } of chains) {
      const link = await parseLink(texts[1] ?? '')
      const index = link.verified ? link.value.credential.status?.index : undefined
      if (index === undefined) throw new Error('there is no link 1 to revoke')
      this.#set.add(index)
      this.site.set('revocation', index)
    }
    await this.site.publish()
  }

  #sign(credential: ChainCredential, { signer }: Person, mechanism: Mechanism): Promise<string> {
    return signCredential({
      credential: credentialToJson(credential),
      mechanism,
      signer,
      random: systemRandom,
    })
  }

  /** Of link 1 and its lease: indexes that are not set, but for the first of a revoked link. */
  #indexesFor(fault: Fault | undefined): readonly number[] {
    const [revoked = 0] = this.#set
    const indexes = new Set(fault === 'revoked' ? [revoked] : [])
    while (indexes.size <= LEASED) indexes.add(this.#freeIndex())
    return [...indexes]
  }

  #freeIndex(): number {
    const index = randomIndex()
    return this.#set.has(index) ? this.#freeIndex() : index
  }
}

/** Somebody else's key under the same name. */
async function impostorOf({ did, signer }: Person): Promise<Person> {
  return { did, signer: await createLocalSigner(await generateKey('Ed25519'), signer.keyId) }
}

function lists(pair: number): { readonly revocation: string; readonly suspension: string } {
  return { revocation: `${BASE}/r${pair}`, suspension: `${BASE}/s${pair}` }
}

function randomIndex(): number {
  return randomInt(STATUS_LIST_ENTRIES)
}
