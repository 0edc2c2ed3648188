import type { Clock } from '../core/clock.ts'
import { inTurns } from '../core/in-turns.ts'
import type { PublicationTarget } from './publication-target.ts'
import type { PublishedHead } from './published-status.ts'
import type { ListName } from './status-address.ts'
import { isUnchangingPath, leafTableFile, statusFolder, versionPaths } from './status-files.ts'

/** How long what no head names any more stays on a target, in milliseconds: for readers that lag behind, and for caches. */
const KEEP_SUPERSEDED_MS = 3_600_000

/** Files that are removed in one go. */
const MAX_REMOVALS = 200

/** Versions of lists and leaf tables of one tenant that a target holds and that no head names any more. */
export class SupersededFiles {
  readonly #target: PublicationTarget
  readonly #tenant: string
  readonly #clock: Clock
  /** Since when, by path; `undefined` until the target was looked through. */
  #since: Map<string, number> | undefined

  constructor(target: PublicationTarget, tenant: string, clock: Clock) {
    this.#target = target
    this.#tenant = tenant
    this.#clock = clock
  }

  note(path: string): void {
    this.#since?.set(path, this.#clock())
  }

  noteVersion(list: ListName, version: number): void {
    for (const path of versionPaths(this.#tenant, list, version)) this.note(path)
  }

  keep(path: string): void {
    this.#since?.delete(path)
  }

  forget(): void {
    this.#since = undefined
  }

  /** Removes what was superseded an hour ago; what was found there when it was first looked through counts from then. */
  async tidy(
    head: PublishedHead,
    leaves: readonly { readonly name: ListName; readonly version: number }[],
  ): Promise<void> {
    this.#since ??= await this.#lookThrough(head, leaves)
    const since = this.#since
    const before = this.#clock() - KEEP_SUPERSEDED_MS
    const due = [...since].filter(([, at]) => at <= before).slice(0, MAX_REMOVALS)
    await inTurns(due, async ([path]) => {
      await this.#target.remove(path)
      since.delete(path)
    })
  }

  async #lookThrough(
    head: PublishedHead,
    leaves: readonly { readonly name: ListName; readonly version: number }[],
  ): Promise<Map<string, number>> {
    const tenant = this.#tenant
    const named = new Set(leaves.flatMap(({ name, version }) => versionPaths(tenant, name, version)))
    named.add(leafTableFile(tenant, head).path)
    const paths = await this.#target.list(statusFolder(tenant))
    const left = paths.filter((path) => isUnchangingPath(tenant, path) && !named.has(path))
    return new Map(left.map((path) => [path, this.#clock()]))
  }
}
