/** A file of the published status, as a host of files serves it. */
export interface PublishedFile {
  /** Of unreserved characters and `/`, without one at its beginning: `status/acme/head`. */
  readonly path: string
  readonly body: string
  readonly contentType: string
  /** How long a cache may keep it, in seconds. */
  readonly maxAgeSeconds: number
  /** Whether nothing else is ever written there. */
  readonly immutable: boolean
}

/** A file that a target has. */
export interface HeldFile {
  readonly body: string
  /** Names exactly this content; what is replaced must still have it. */
  readonly tag: string
}

/**
 * A place from which anybody reads the published status while the service is down: a directory behind a web server, a bucket.
 * Reading never shows a part of a file, and what was written is there after a crash. A target that does not answer, or not as
 * it must, rejects; nothing is known then of what was under way.
 */
export interface PublicationTarget {
  /** What kind it is, for logs and for who asks how the service is. */
  readonly kind: 'directory' | 's3'
  /** Whether names are those of a tree, in which `status/acme/r7` cannot be both a file and a folder. */
  readonly isTree: boolean
  /** @returns `undefined` when there is no such file. */
  read(path: string): Promise<HeldFile | undefined>
  /**
   * Writes a file, provided that the one held has this tag; `undefined`: that there is none.
   *
   * @returns Its new tag, or `undefined` when something else is held, which stays.
   */
  replace(file: PublishedFile, tag: string | undefined): Promise<string | undefined>
  /** Paths of all files below a prefix that ends in `/`. */
  list(prefix: string): Promise<readonly string[]>
  /** Removes a file, if it is there. */
  remove(path: string): Promise<void>
}
