/** What an authority's emergency lists name, to be asked for each chain (docs/spec/05-status.md "Emergency list"). */
export interface Listed {
  readonly keys: ReadonlySet<string>
  readonly owners: ReadonlySet<string>
  readonly authority: boolean
}

/** Nothing is listed. */
export const NOTHING_LISTED: Listed = { keys: new Set(), owners: new Set(), authority: false }
