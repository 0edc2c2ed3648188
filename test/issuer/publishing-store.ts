import { createDidResolver } from '../../src/did/resolve-did.ts'
import type { EmergencyEntry, EmergencyKind, PublishedEmergency } from '../../src/issuer/emergency-store.ts'
import type { Issuer } from '../../src/issuer/issuer.ts'
import type { Store } from '../../src/issuer/ports.ts'
import type {
  ListContent,
  Publication,
  PublishedHead,
  PublishedList,
  PublishedMirror,
  PublishingTurn,
} from '../../src/issuer/published-status.ts'
import type { Tenant } from '../../src/issuer/records.ts'
import type { Did } from '../../src/model/did.ts'
import type { Signer } from '../../src/model/signer.ts'
import { createBits, writeBit } from '../../src/status/bitstring.ts'
import { alice, mallory } from '../helpers/signers.ts'

export const ORIGIN = 'https://id.example'
export const NOW = Date.UTC(2026, 10, 22, 9)

export const TENANT: Tenant = {
  id: 'acme',
  name: 'acme',
  environment: 'production',
  authority: mallory.keyId.split('#')[0] as Did,
  statusIssuer: alice.keyId.split('#')[0] as Did,
  createdAt: NOW,
}

type Row = { -readonly [K in keyof ListContent]: ListContent[K] }

function newPair(list: number, kind: Row['kind']): Row[] {
  return (['revocation', 'suspension'] as const).map((purpose) => ({
    list,
    kind,
    purpose,
    bits: createBits(),
    publishedVersion: 0,
    publishedUntil: 0,
    revision: 1,
    publishedRevision: 0,
  }))
}

/** What a store knows of publishing, in memory: the pair `r1`/`s1`, what is added, and everything that was recorded. */
export class PublishingStore {
  readonly rows: Row[] = newPair(1, 'agent')
  readonly tenants: Tenant[] = [TENANT]
  readonly heads: PublishedHead[] = []
  readonly lists: PublishedList[] = []
  readonly mirrors: PublishedMirror[] = []
  readonly entries: EmergencyEntry[] = []
  readonly emergencies: PublishedEmergency[] = []
  /** Bodies by slice. */
  readonly changes = new Map<number, string>()
  /** Answer of the next `recordPublication`, instead of recording. */
  refuseNext = false
  /** Set while another process publishes. */
  turn: PublishingTurn | undefined
  /** Error of giving up the turn. */
  failToLeave: Error | undefined
  /** Error of the next call, whatever it is. */
  failNext: Error | undefined
  /** Holds up the answer of `dirtyLists`, read before. */
  gate: Promise<void> | undefined
  listener: (tenant: string) => void = () => {}

  addPair(list: number, kind: Row['kind']): void {
    this.rows.push(...newPair(list, kind))
  }

  /** Adds an entry to the emergency list. */
  list(kind: EmergencyKind, name: string): void {
    const number = this.entries.length + 1
    this.entries.push({ kind, name, number, reason: 'stolen', addedAt: NOW })
  }

  /** Changes a bit, as a command of the store does. */
  set(purpose: 'revocation' | 'suspension', index: number, value = true, list = 1): void {
    const row = this.rows.find((candidate) => candidate.purpose === purpose && candidate.list === list)
    if (row === undefined) throw new Error('there is such a row')
    row.bits = row.bits.slice()
    writeBit(row.bits, index, value)
    row.revision++
  }

  /** Sets the first so many bits of the revocation list. */
  fill(count: number): void {
    const row = this.rows[0]
    if (row === undefined) throw new Error('there is such a row')
    row.bits = row.bits.slice().fill(0xff, 0, count / 8)
    row.revision++
  }

  get port(): Store {
    const store: Partial<Store> = {
      tenants: async () => [...this.tenants],
      dirtyLists: async (_, renewBefore) => {
        this.#fail()
        const isDirty = (row: Row) => row.revision > row.publishedRevision || row.publishedUntil < renewBefore
        const dirty = this.rows.filter(isDirty).map((row) => ({ ...row }))
        await this.gate
        return dirty
      },
      publishedHead: async () => this.heads.at(-1),
      publishedLists: async () =>
        this.rows.flatMap((row) => this.lists.findLast((list) => isOf(row, list)) ?? []),
      ownerLists: async () => [],
      publishedList: async (_, __, purpose, version) =>
        this.lists.find((list) => list.purpose === purpose && list.version === version),
      publishedMirror: async () => this.mirrors.at(-1),
      publishedChanges: async (_, slice) => this.changes.get(slice),
      emergency: async () => {
        const published = this.emergencies.at(-1)
        return { entries: [...this.entries], ...(published && { published }) }
      },
      recordEmergency: async (_, list) => {
        this.emergencies.push(list)
        return true
      },
      publisher: async () => this.turn,
      leavePublication: async () => {
        if (this.failToLeave !== undefined) throw this.failToLeave
      },
      recordPublication: async (_, publication) => this.#record(publication),
      isAway: () => false,
      onStatusChange: (listener) => {
        this.listener = listener
        return () => {
          this.listener = () => {}
        }
      },
    }
    return store as Store
  }

  #fail(): void {
    const error = this.failNext
    this.failNext = undefined
    if (error !== undefined) throw error
  }

  #record({ lists, mirrors, changes, head }: Publication): boolean {
    if (this.refuseNext) {
      this.refuseNext = false
      return false
    }
    for (const list of lists) {
      const row = this.rows.find((candidate) => isOf(candidate, list))
      if (row === undefined) continue
      row.publishedVersion = list.version
      row.publishedUntil = list.validUntil
      row.publishedRevision = list.revision
      this.lists.push(list)
    }
    this.mirrors.push(...mirrors)
    this.changes.set(changes.slice, changes.body)
    this.heads.push(head)
    return true
  }
}

function isOf(row: Row, { list, purpose }: PublishedList): boolean {
  return row.list === list && row.purpose === purpose
}

/** An issuer that can do nothing but publish. */
export function publishingIssuer(
  store: PublishingStore,
  clock: () => number,
  signer: Signer = alice,
): Issuer {
  const { keyId: id, publicKey } = signer
  const keys = {
    status: async () => signer,
    authority: async () => mallory,
    list: async () => [{ id, publicKey }],
  } as unknown as Issuer['keys']
  const resolver = createDidResolver()
  return {
    store: store.port,
    keys,
    clock,
    random: (length) => new Uint8Array(length),
    resolver,
    origin: ORIGIN,
    instance: 'this process',
  }
}
