import type { Did } from '../model/did.ts'
import { accept, type Verdict } from '../refusal.ts'
import type { Ruling, StatusAlarm } from '../status/alarm.ts'
import type { ListChange } from '../status/changes.ts'
import type { Head } from '../status/head.ts'
import type { KeptRevocations } from '../status/kept-revocations.ts'
import type { CommittedLeaves, Leaf } from '../status/leaf-table.ts'
import type { SignedBits } from '../status/open-status-list.ts'
import type { OpenedSnapshot } from '../status/snapshot.ts'
import { createStatusMemory, type KeptMemory } from '../status/status-memory.ts'
import type { StatusView } from '../status/status-view.ts'

/** The status of one authority as it is held: all that its newest commit said, and what was remembered before. */
export class HeldStatus {
  readonly #memory = createStatusMemory()
  readonly #tell: (alarm: StatusAlarm) => void
  /** Version and digest of each list taken in, by URL. */
  readonly #lists = new Map<string, string>()
  /** Thumbprints of the keys by whose word something may be held. */
  #keys: ReadonlySet<string> = new Set()
  #committed: CommittedLeaves | undefined
  #view: StatusView = this.#memory.view()
  #isChanged = false

  /** @param tell Of evidence that the status issuer misbehaves. */
  constructor(tell: (alarm: StatusAlarm) => void) {
    this.#tell = tell
  }

  /** The lists as of the last commit taken in; never changes under a reader. */
  get view(): StatusView {
    return this.#view
  }

  get lists(): number {
    return this.#lists.size
  }

  /** Whether the status may say something else than when this was asked last. */
  takeChange(): boolean {
    const isChanged = this.#isChanged
    this.#isChanged = false
    return isChanged
  }

  /** What it rests on may have changed. */
  noteChange(): void {
    this.#isChanged = true
  }

  head(statusIssuer: Did): Head | undefined {
    return this.#memory.head(statusIssuer)
  }

  /** Thumbprints of the keys whose word counts. */
  get keys(): ReadonlySet<string> {
    return this.#keys
  }

  /** Whether the key that signed a head is one that {@link keepKeys} was given last. */
  hasKeyOf({ keyThumbprint }: Head): boolean {
    return this.#keys.has(keyThumbprint)
  }

  /** The leaves under a root, if they are those of the commit that is held. */
  leavesUnder(root: string): CommittedLeaves | undefined {
    return this.#committed?.root === root ? this.#committed : undefined
  }

  has(leaf: Leaf): boolean {
    return this.#lists.get(leaf.list) === contentOf(leaf)
  }

  /** Whether a list that is not taken in follows what is held, and what it is evidence of. */
  compare(list: SignedBits): Ruling<unknown> {
    return this.#memory.compare(list)
  }

  acceptList(leaf: Leaf, list: SignedBits): Verdict<void> {
    const verdict = this.#rule(this.#memory.acceptList(list))
    if (!verdict.verified) return verdict
    this.#lists.set(leaf.list, contentOf(leaf))
    this.#isChanged = true
    return accept(undefined)
  }

  /** Ends a commit: after its lists. From now on it is seen. */
  acceptHead(head: Head, committed: CommittedLeaves): Verdict<Head> {
    for (const url of this.#lists.keys())
      if (committed.leaves.get(url)?.state === 'retired') this.#lists.delete(url)
    const { verdict } = this.#memory.acceptHead(head, committed)
    if (this.#committed?.root !== committed.root) this.#isChanged = true
    if (verdict.verified) this.#committed = committed
    this.#view = this.#memory.view()
    return verdict
  }

  /** @returns Whether the changes yield what the head commits to; else nothing was taken in. */
  advance(head: Head, changes: readonly ListChange[], base: string): boolean {
    const advance = this.#memory.advance(head, changes, base)
    if (advance === undefined) return false
    for (const alarm of advance.alarms) this.#tell(alarm)
    this.#note(advance.committed, advance.lists)
    return true
  }

  /** Takes in a whole commit at once. */
  acceptSnapshot(snapshot: OpenedSnapshot): Verdict<Head> {
    const { head, committed, lists } = snapshot
    const { verdict, alarms } = this.#memory.acceptSnapshot(snapshot)
    for (const alarm of alarms) this.#tell(alarm)
    if (this.#memory.head(head.statusIssuer)?.digest !== head.digest) return verdict
    this.#note(committed, verdict.verified ? lists : [])
    this.#view = this.#memory.view()
    return verdict
  }

  /** Takes back what only a memory knows. @see StatusMemory.restore */
  restore(statusIssuer: Did, revocations: readonly KeptRevocations[]): void {
    this.#memory.restore(statusIssuer, revocations)
    this.#keys = new Set([...this.#keys, ...this.#memory.keys(statusIssuer)])
    this.#view = this.#memory.view()
  }

  /** What is held, to be written down; `undefined` before a head was accepted. */
  written(statusIssuer: Did): KeptMemory | undefined {
    return this.#memory.held(statusIssuer)
  }

  /**
   * What a key said that the status issuer's document lists no more counts no more (docs/spec/05-status.md "Rollback"): a
   * thief of that key would otherwise go on revoking, and with one head of a high number nobody else could follow. All
   * lists are fetched again.
   */
  keepKeys(statusIssuer: Did, keys: ReadonlySet<string>): void {
    const isLost = [...this.#keys].some((key) => !keys.has(key))
    this.#keys = keys
    if (!isLost) return
    this.#memory.keepKeys(statusIssuer, keys)
    this.#lists.clear()
    this.#view = this.#memory.view()
    this.#isChanged = true
  }

  #note(committed: CommittedLeaves, lists: readonly SignedBits[]): void {
    for (const { url, version, bitsDigest } of lists)
      this.#lists.set(url, contentOf({ version, digest: bitsDigest }))
    this.#committed = committed
    this.#isChanged = true
  }

  #rule<T>({ verdict, alarm }: Ruling<T>): Verdict<T> {
    if (alarm !== undefined) this.#tell(alarm)
    return verdict
  }
}

function contentOf({ version, digest }: Pick<Leaf, 'version' | 'digest'>): string {
  return `${version} ${digest}`
}
