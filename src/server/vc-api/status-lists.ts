import type { Clock, Random } from '../../core/clock.ts'
import { isJsonObject, type JsonObject, member } from '../../core/json.ts'
import { LruMap } from '../../core/lru-map.ts'
import type { Did } from '../../model/did.ts'
import { STATUS_ENTRY_TYPE } from '../../model/status-list-entry.ts'
import { createBits, readBit, STATUS_LIST_ENTRIES, writeBit } from '../../status/bitstring.ts'
import { buildStatusListCredential } from '../../status/sign-status-list.ts'

/** Credentials whose index is remembered by their id; older ones are updated by their status entry. */
const MAX_REMEMBERED = 10_000

/** A list gives out this share of its indexes; then the next list begins. */
const MAX_GIVEN: number = STATUS_LIST_ENTRIES / 2

/** A list is signed anew when what was signed is older than this, in milliseconds; it is valid for 6 h. */
const RESIGN_AFTER_MS = 3_600_000

/** A position in one of the lists. */
interface Position {
  readonly list: OpenList
  readonly index: number
}

interface OpenList {
  readonly name: string
  readonly url: string
  readonly bits: Uint8Array
  /** One bit for each index that a credential has. */
  readonly given: Uint8Array
  givenCount: number
  signed: { readonly at: number; readonly credential: Promise<JsonObject> } | undefined
}

export interface StatusListsOptions {
  /** Everything before the name of a list. */
  readonly baseUrl: string
  readonly issuer: Did
  readonly clock: Clock
  readonly random: Random
  /** Secures the credential of a list. */
  readonly sign: (credential: JsonObject) => Promise<JsonObject>
}

/** The revocation lists of one instance, in memory: they end with its keys. */
export class StatusLists {
  readonly #options: StatusListsOptions
  readonly #lists: OpenList[] = []
  readonly #positions: LruMap<string, Position>

  constructor(options: StatusListsOptions) {
    this.#options = options
    this.#positions = new LruMap({ maxWeight: MAX_REMEMBERED })
    this.#open()
  }

  get urls(): readonly string[] {
    return this.#lists.map(({ url }) => url)
  }

  /** Takes an index that no other credential has, and returns the entry that says so. */
  allocate(credentialId: string | undefined): JsonObject {
    const last = this.#lists.at(-1)
    const list = last !== undefined && last.givenCount < MAX_GIVEN ? last : this.#open()
    let index = this.#randomIndex()
    while (readBit(list.given, index) === true) index = this.#randomIndex()
    writeBit(list.given, index, true)
    list.givenCount++
    if (credentialId !== undefined) this.#positions.set(credentialId, { list, index })
    return {
      id: `${list.url}#${index}`,
      type: STATUS_ENTRY_TYPE,
      statusPurpose: 'revocation',
      statusListIndex: String(index),
      statusListCredential: list.url,
    }
  }

  /** @returns `false` when no credential with this id got an index here. */
  revoke(credentialId: string): boolean {
    const position = this.#positions.get(credentialId)
    return position !== undefined && this.#set(position)
  }

  /** Revokes by the status entry of a credential. @returns `false` for an index that was given to nobody. */
  revokeAt(url: string, index: number): boolean {
    const list = this.#lists.find((one) => one.url === url)
    return list !== undefined && readBit(list.given, index) === true && this.#set({ list, index })
  }

  /** What a list says now, whenever it was signed last; `undefined` when there is no such list. */
  bitsOf(url: string): Uint8Array | undefined {
    return this.#lists.find((one) => one.url === url)?.bits
  }

  /** The signed credential of a list, by its name: `r1`. */
  async credential(name: string): Promise<JsonObject | undefined> {
    const list = this.#lists.find((one) => one.name === name)
    if (list === undefined) return undefined
    const now = this.#options.clock()
    if (list.signed === undefined || now - list.signed.at >= RESIGN_AFTER_MS) {
      list.signed = { at: now, credential: this.#sign(list, now) }
    }
    return list.signed.credential
  }

  #open(): OpenList {
    const name = `r${this.#lists.length + 1}`
    const url = `${this.#options.baseUrl}/${name}`
    const list = { name, url, bits: createBits(), given: createBits(), givenCount: 0, signed: undefined }
    this.#lists.push(list)
    return list
  }

  #set({ list, index }: Position): boolean {
    writeBit(list.bits, index, true)
    list.signed = undefined
    return true
  }

  /** The least that the recommendation asks for: readers of other projects refuse a subject with anything more. */
  async #sign({ url, bits }: OpenList, now: number): Promise<JsonObject> {
    const list = {
      url,
      statusIssuer: this.#options.issuer,
      purpose: 'revocation',
      bits,
      validFrom: now,
    } as const
    const built = await buildStatusListCredential(list)
    const subject = member(built, 'credentialSubject')
    const { ttl: _, ...credentialSubject } = isJsonObject(subject) ? subject : {}
    return this.#options.sign({ ...built, credentialSubject })
  }

  #randomIndex(): number {
    const [high = 0, middle = 0, low = 0] = this.#options.random(3)
    return ((high << 16) | (middle << 8) | low) % STATUS_LIST_ENTRIES
  }
}
