import type { StatusPurpose } from '../model/status-list-entry.ts'
import type {
  ListContent,
  Publication,
  PublishedHead,
  PublishedList,
  PublishedMirror,
  PublishingTurn,
} from './published-status.ts'

/** What the issuer remembers of its published status; the part of `Store` that publishing works with. */
export interface PublicationStore {
  /** Lists whose bits changed since their publication, or whose publication ends before `renewBefore` (ms). */
  dirtyLists(tenant: string, renewBefore: number): Promise<readonly ListContent[]>
  /** Numbers of the pairs in which owners' credentials stand, ascending: they are written first. */
  ownerLists(tenant: string): Promise<readonly number[]>
  publishedLists(tenant: string): Promise<readonly PublishedList[]>
  publishedList(
    tenant: string,
    list: number,
    purpose: StatusPurpose,
    version?: number,
  ): Promise<PublishedList | undefined>
  publishedMirror(tenant: string, list: number): Promise<PublishedMirror | undefined>
  publishedHead(tenant: string): Promise<PublishedHead | undefined>
  leafTable(tenant: string, root: string): Promise<string | undefined>
  /** What changed within a slice of time, as it is served; kept for {@link CHANGES_KEPT_SLICES}. */
  publishedChanges(tenant: string, slice: number): Promise<string | undefined>
  /** Which process publishes; `undefined` before any did. */
  publisher(tenant: string): Promise<PublishingTurn | undefined>
  /**
   * Objects, pointers and head in one transaction, in which the process takes the turn to publish, or keeps it. Refuses (returns
   * false) to go back in seq or version, what is not signed with the active status key, and while it is another one's turn,
   * however late that is noticed.
   */
  recordPublication(tenant: string, publication: Publication, turn: PublishingTurn): Promise<boolean>
  /** Gives the turn up, if it is this process'. */
  leavePublication(tenant: string, holder: string): Promise<void>
}
