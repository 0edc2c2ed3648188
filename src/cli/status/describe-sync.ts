import type { SyncState } from '../../verifier/sync-state.ts'

/** Why the status of an authority is not known, or may not be complete; `undefined` when all was had. */
export function syncProblem({ authority, failure }: SyncState): string | undefined {
  if (failure === undefined) return undefined
  const { code, dimension } = failure
  const reason = dimension === undefined ? code : `${code}, ${dimension}`
  return `the status of ${authority} could not be read (${reason}); ${FIXES[code] ?? 'ask whoever runs it'}`
}

const FIXES: Readonly<Record<string, string>> = {
  status_unavailable: 'check the network and --status, or run `procura status pull` again',
  status_stale: 'run `procura status pull` again',
  status_invalid: 'check that the anchor file is the one of this authority; if it is, its operator must look',
  status_rollback: 'what was shown is older than what was seen before: its operator must look',
}
