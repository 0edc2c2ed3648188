import { inTurns } from '../core/in-turns.ts'
import { type Leaf, parseLeafTable } from '../status/leaf-table.ts'
import {
  checkHead,
  checkList,
  checkMirror,
  compareHeads,
  Overtaken,
  type Refused,
  type ReleaseFault,
  ReleaseRefused,
  type ReleaseTrust,
  wayBack,
} from './check-release.ts'
import type { Issuer } from './issuer.ts'
import type { PublicationTarget, PublishedFile } from './publication-target.ts'
import type { PublishedHead } from './published-status.ts'
import type { Tenant } from './records.ts'
import { type ListName, listOfUrl, mirrorUrl } from './status-address.ts'
import { headFile, headPath, leafTableFile, mirrorFile, newestFiles, versionFiles } from './status-files.ts'
import { SupersededFiles } from './superseded-files.ts'
import { TargetChanges } from './target-changes.ts'
import { showEmergency } from './target-emergency.ts'
import { TargetFiles } from './target-files.ts'

/**
 * What came of it. `shown`: the target shows the newest head, whether it was written now or before. `empty`: there is nothing to
 * show yet. `overtaken`: something else wrote meanwhile, or the registry went on; look again. `refused`: nothing was released,
 * and trying again will not help.
 */
export type TargetOutcome =
  | { readonly state: 'shown'; readonly head: PublishedHead; readonly lapsesAt: number }
  | { readonly state: 'empty' | 'overtaken' }
  | ({ readonly state: 'refused' } & Refused)

/**
 * Brings the published status of one tenant to one target (docs/spec/05-status.md "Publishing"): what is named by its content,
 * then the names of lists, owners' first, then the head, which is what readers follow. A reader sees the old commit or the
 * new one; an interruption at any place leaves a state that the next call goes on from.
 *
 * Everything is checked before anything that can be seen is replaced, and every replacement is on condition that the target
 * still shows what was compared. Calls must not overlap. Keeps a few words for each list.
 */
export class TargetPublication {
  readonly #issuer: Issuer
  readonly #tenant: Tenant
  readonly #target: PublicationTarget
  readonly #trust: ReleaseTrust
  /** Versions and ends of the lists that the target shows, by URL. */
  readonly #shown = new Map<string, { readonly version: number; readonly validUntil: number }>()
  readonly #mirrors = new Map<number, number>()
  readonly #files: TargetFiles
  readonly #superseded: SupersededFiles
  readonly #changes: TargetChanges
  #head: PublishedHead | undefined
  /** Number of the head that the last call was about. */
  #tried = 0

  constructor(issuer: Issuer, tenant: Tenant, target: PublicationTarget) {
    this.#issuer = issuer
    this.#tenant = tenant
    this.#target = target
    this.#files = new TargetFiles(target)
    const { id, authority, statusIssuer } = tenant
    const knows = async (keyId: string) =>
      (await issuer.keys.list(id, 'status')).some((key) => key.id === keyId)
    this.#trust = { authority, statusIssuer, resolver: issuer.resolver, knows }
    this.#superseded = new SupersededFiles(target, id, issuer.clock)
    this.#changes = new TargetChanges(issuer, id, this.#files, this.#superseded)
  }

  /** Rejects when the target, or the registry, does not answer; nothing is then known any more, and the next call looks anew. */
  async publish(): Promise<TargetOutcome> {
    try {
      return await this.#publish()
    } catch (error) {
      this.#forget()
      if (error instanceof Overtaken) return { state: 'overtaken' }
      if (error instanceof ReleaseRefused) return await this.#refused(error.refusal)
      throw error
    }
  }

  /** Removes what no head has named for an hour. */
  async tidy(): Promise<void> {
    if (this.#head === undefined) return
    await this.#superseded.tidy(this.#head, this.#leavesOf(this.#head))
  }

  /**
   * Looks at the target first: whatever another process brings there, the registry knows it before.
   *
   * @returns `undefined` when the target may be written to; else why not.
   */
  async compare(): Promise<Refused | undefined> {
    const shown = await this.#target.read(headPath(this.#tenant.id))
    const next = await this.#issuer.store.publishedHead(this.#tenant.id)
    if (next === undefined || shown === undefined) return undefined
    const fault = await compareHeads(shown.body, next, this.#trust)
    return fault && { fault }
  }

  /** Another process may have gone on, in the registry and then at the target, since the registry was read. */
  async #refused(refusal: Refused): Promise<TargetOutcome> {
    const newest = await this.#issuer.store.publishedHead(this.#tenant.id)
    const isOld = (newest?.seq ?? 0) > this.#tried
    return isOld ? { state: 'overtaken' } : { state: 'refused', ...refusal }
  }

  async #publish(): Promise<TargetOutcome> {
    const next = await this.#issuer.store.publishedHead(this.#tenant.id)
    if (next === undefined) return { state: 'empty' }
    this.#tried = next.seq
    if (next.jwt !== this.#head?.jwt) {
      await showEmergency(this.#issuer, this.#tenant.id, this.#files, this.#trust)
      await this.#advance(next)
    }
    const lapsesAt = Math.min(...[...this.#shown.values()].map(({ validUntil }) => validUntil))
    return { state: 'shown', head: next, lapsesAt }
  }

  async #advance(next: PublishedHead): Promise<void> {
    const { id } = this.#tenant
    const file = headFile(id, next)
    const fault = this.#head === undefined ? await this.#readHead(next, file.path) : wayBack(this.#head, next)
    if (fault !== undefined) throw new ReleaseRefused({ fault })
    const refused = await checkHead(next, this.#trust, this.#issuer.clock())
    if (refused !== undefined) throw new ReleaseRefused(refused)
    const leaves = this.#leavesOf(next)
    const changed = leaves.filter(({ list, version }) => this.#shown.get(list)?.version !== version)
    const staged = await inTurns(await this.#ownersFirst(changed), (leaf) => this.#stage(leaf))
    await this.#create(leafTableFile(id, next))
    await inTurns(staged, (list) => this.#show(list))
    await this.#showMirrors(leaves)
    await this.#changes.show(this.#head, next)
    await this.#files.replace(file)
    if (this.#head !== undefined && this.#head.root !== next.root)
      this.#superseded.note(leafTableFile(id, this.#head).path)
    this.#head = next
  }

  /** What the target shows decides whether it may be written to. */
  async #readHead(next: PublishedHead, path: string): Promise<ReleaseFault | undefined> {
    const shown = await this.#files.look(path)
    return shown === undefined ? undefined : await compareHeads(shown, next, this.#trust)
  }

  #leavesOf({ leafTable }: PublishedHead): readonly ListLeaf[] {
    const leaves = parseLeafTable(leafTable)
    if (!leaves.verified) throw new ReleaseRefused({ fault: 'check_failed', rule: 'leaves' })
    return leaves.value.map((leaf) => {
      const name = listOfUrl(this.#issuer.origin, this.#tenant.id, leaf.list)
      if (name === undefined) throw new ReleaseRefused({ fault: 'check_failed', list: leaf.list, rule: 'id' })
      return { ...leaf, name }
    })
  }

  async #ownersFirst(leaves: readonly ListLeaf[]): Promise<readonly ListLeaf[]> {
    const owners = new Set(leaves.length === 0 ? [] : await this.#issuer.store.ownerLists(this.#tenant.id))
    const rank = ({ name }: ListLeaf) => (owners.has(name.list) ? 0 : 1)
    return leaves.toSorted((a, b) => rank(a) - rank(b))
  }

  /** Checks a list and writes it under the name of its version, where nobody looks before the head names it. */
  async #stage(leaf: ListLeaf): Promise<StagedList> {
    const { id } = this.#tenant
    const { clock } = this.#issuer
    const published = await this.#versionOf(leaf)
    const newest = newestFiles(id, published, clock()).filter((file) => this.#files.canHold(file))
    const shown = []
    for (const file of newest) shown.push(await this.#files.look(file.path))
    const checked = await checkList({ leaf, published, shown: shown.at(-1) }, this.#trust, clock())
    if ('fault' in checked) throw new ReleaseRefused(checked)
    if (!checked.isShown) await inTurns(versionFiles(id, published), (file) => this.#create(file))
    return { leaf, isShown: checked.isShown, validUntil: checked.opened.validUntil }
  }

  async #versionOf({ name, version }: ListLeaf) {
    const { list, purpose } = name
    const published = await this.#issuer.store.publishedList(this.#tenant.id, list, purpose, version)
    if (published === undefined) throw new Overtaken()
    return published
  }

  /** The `vc+jwt` is replaced last: where it is the newest, so is everything else of the list. */
  async #show({ leaf, isShown, validUntil }: StagedList): Promise<void> {
    if (!isShown) {
      const published = await this.#versionOf(leaf)
      const newest = newestFiles(this.#tenant.id, published, this.#issuer.clock())
      for (const file of newest) if (this.#files.canHold(file)) await this.#files.replace(file)
    }
    const before = this.#shown.get(leaf.list)
    this.#shown.set(leaf.list, { version: leaf.version, validUntil })
    if (before !== undefined) this.#superseded.noteVersion(leaf.name, before.version)
  }

  async #showMirrors(leaves: readonly ListLeaf[]): Promise<void> {
    const pairs = new Map<number, number>()
    for (const { name, version } of leaves) pairs.set(name.list, Math.max(version, pairs.get(name.list) ?? 0))
    const stale = [...pairs].filter(([list, version]) => (this.#mirrors.get(list) ?? 0) < version)
    await inTurns(stale, ([list]) => this.#showMirror(list))
  }

  async #showMirror(list: number): Promise<void> {
    const { store, clock, origin } = this.#issuer
    const { id } = this.#tenant
    const mirror = await store.publishedMirror(id, list)
    if (mirror === undefined) return
    const file = mirrorFile(id, mirror, clock())
    const shown = await this.#files.look(file.path)
    if (shown !== mirror.jwt) {
      const place = { url: mirrorUrl(origin, id, list), shown }
      const refused = await checkMirror(mirror, place, { ...this.#trust, now: clock() })
      if (refused !== undefined) throw new ReleaseRefused(refused)
      await this.#files.replace(file)
    }
    this.#mirrors.set(list, mirror.version)
  }

  async #create(file: PublishedFile): Promise<void> {
    this.#superseded.keep(file.path)
    await this.#files.create(file)
  }

  #forget(): void {
    this.#head = undefined
    this.#shown.clear()
    this.#mirrors.clear()
    this.#files.forget()
    this.#superseded.forget()
  }
}

interface ListLeaf extends Leaf {
  readonly name: ListName
}

interface StagedList {
  readonly leaf: ListLeaf
  readonly isShown: boolean
  readonly validUntil: number
}
