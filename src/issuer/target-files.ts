import { Overtaken } from './check-release.ts'
import type { PublicationTarget, PublishedFile } from './publication-target.ts'

/** Files of a target, each replaced only while it is what was last seen there; rejects with `Overtaken` when it is not. */
export class TargetFiles {
  readonly #target: PublicationTarget
  /** What the target holds under names that change, by path. */
  readonly #tags = new Map<string, string>()

  constructor(target: PublicationTarget) {
    this.#target = target
  }

  /** A host that keeps names as a file system does cannot have the file `r7` beside the folder `r7`: its web server adds the end. */
  canHold({ path }: PublishedFile): boolean {
    return !this.#target.isTree || !/\/[rs]\d+$/.test(path)
  }

  async look(path: string): Promise<string | undefined> {
    const held = await this.#target.read(path)
    if (held === undefined) this.#tags.delete(path)
    else this.#tags.set(path, held.tag)
    return held?.body
  }

  async replace(file: PublishedFile): Promise<void> {
    const tag = await this.#target.replace(file, this.#tags.get(file.path))
    if (tag === undefined) throw new Overtaken()
    this.#tags.set(file.path, tag)
  }

  /** Writes what never changes. Something else under its name is what a broken disk or a stranger left, and is replaced. */
  async create(file: PublishedFile): Promise<void> {
    if ((await this.#target.replace(file, undefined)) !== undefined) return
    const held = await this.#target.read(file.path)
    if (held?.body === file.body) return
    if ((await this.#target.replace(file, held?.tag)) === undefined) throw new Overtaken()
  }

  forget(): void {
    this.#tags.clear()
  }
}
