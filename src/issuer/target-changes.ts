import { CHANGES_KEPT_SLICES, changesSliceOf } from '../status/changes.ts'
import type { Issuer } from './issuer.ts'
import type { PublishedHead } from './published-status.ts'
import { changesFile } from './status-files.ts'
import type { SupersededFiles } from './superseded-files.ts'
import type { TargetFiles } from './target-files.ts'

/** The slices of changes of one tenant at a target. */
export class TargetChanges {
  readonly #issuer: Issuer
  readonly #tenant: string
  readonly #files: TargetFiles
  readonly #superseded: SupersededFiles

  constructor(issuer: Issuer, tenant: string, files: TargetFiles, superseded: SupersededFiles) {
    this.#issuer = issuer
    this.#tenant = tenant
    this.#files = files
    this.#superseded = superseded
  }

  /**
   * Brings all slices from that of the head that is shown, to which something may have been added since, to that of the next.
   *
   * @param shown `undefined`: not known; then all slices that are kept.
   */
  async show(shown: PublishedHead | undefined, next: PublishedHead): Promise<void> {
    const last = changesSliceOf(next.iatMs)
    const first = shown === undefined ? 0 : changesSliceOf(shown.iatMs)
    for (let slice = Math.max(first, last - CHANGES_KEPT_SLICES + 1); slice <= last; slice++) {
      const body = await this.#issuer.store.publishedChanges(this.#tenant, slice)
      if (body !== undefined) await this.#showSlice(slice, body)
    }
  }

  async #showSlice(slice: number, body: string): Promise<void> {
    const file = changesFile(this.#tenant, { slice, body }, this.#issuer.clock())
    if ((await this.#files.look(file.path)) !== body) await this.#files.replace(file)
    this.#superseded.note(file.path)
  }
}
