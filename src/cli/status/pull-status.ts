import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock, Fetch } from '../../core/clock.ts'
import { type Recorded, recordingFetch } from '../../core/recording-fetch.ts'
import type { StatusAlarm } from '../../status/alarm.ts'
import { hostFolder, statusBaseOf } from '../../status/layout.ts'
import { AuthoritySync } from '../../verifier/authority-sync.ts'
import type { SyncState } from '../../verifier/sync-state.ts'
import type { TrustEntry } from '../../verifier/trust.ts'
import { CliError } from '../cli-error.ts'
import { replaceFile } from '../files.ts'
import { directoryFetch, mirrorPath } from './directory-fetch.ts'
import { followedTrust } from './followed-trust.ts'

/** Versions of one list, and leaf tables, that stay in a mirror: for whoever read an older head a moment ago. */
const KEPT_VERSIONS = 4

export interface PullOptions {
  /** Absolute path of the mirror. */
  readonly directory: string
  readonly fetch: Fetch
  readonly clock: Clock
  /** Told of each document that was fetched. */
  readonly onFetched?: (documents: number) => void
}

export interface Pulled {
  readonly state: SyncState
  /** Files that were written, lists first, the head last. */
  readonly files: readonly string[]
  readonly alarms: readonly StatusAlarm[]
  /** What follows the directory's own URL in a mirror of a trust entry: `id.example/status/acme/`. */
  readonly mirror: string
}

/**
 * Brings a mirror of one authority's status up to date: everything that the newest head commits to, verified as a
 * verifier does. What the mirror holds is read first, so that an older head, or a revocation that was taken back, is
 * found out; lists that did not change are not fetched again.
 *
 * DID documents always come from the network, and are mirrored beside the status.
 *
 * Nothing is written unless all could be had and believed. The head is written last, so that a reader of the mirror
 * sees the old commit or the new one; of what is older than both, the last few are kept.
 *
 * @throws {CliError} `unwritable`
 */
export async function pullStatus(trust: TrustEntry, options: PullOptions): Promise<Pulled> {
  const { directory, clock } = options
  const alarms: StatusAlarm[] = []
  const recorded: Recorded = new Map()
  const source = { fetch: directoryFetch(directory) }
  const network = counted(recordingFetch(options.fetch, recorded), options.onFetched)
  const sync = new AuthoritySync({
    ...followedTrust(trust, network, clock),
    clock,
    fetch: (input, init) => source.fetch(input, init),
    onAlarm: (alarm) => void alarms.push(alarm),
    wholeLists: true,
  })
  if (existsSync(pathOf(directory, trust.head))) await sync.sync()
  source.fetch = network
  const state = await sync.sync()
  const isBelieved = state.failure === undefined && alarms.length === 0
  const mirror = `${hostFolder(trust.head)}${new URL(statusBaseOf(trust.head)).pathname}/`
  return { state, alarms, mirror, files: isBelieved ? write(recorded, trust, directory) : [] }
}

function counted(fetch: Fetch, onFetched: PullOptions['onFetched']): Fetch {
  let documents = 0
  return async (input, init) => {
    const response = await fetch(input, init)
    onFetched?.(++documents)
    return response
  }
}

function write(recorded: Recorded, { head }: TrustEntry, directory: string): readonly string[] {
  const urls = [...recorded.keys()].filter((url) => url !== head)
  if (recorded.has(head)) urls.push(head)
  const files = urls.map((url) => {
    const path = pathOf(directory, url)
    replaceFile(path, recorded.get(url) ?? new Uint8Array())
    return path
  })
  for (const path of files) if (isVersioned(path) && path !== pathOf(directory, head)) pruneBeside(path)
  return files
}

/** What has others of its kind beside it; a DID document and the emergency list have not. */
function isVersioned(path: string): boolean {
  return !/did\.jsonl?$|did-witness\.json$|\/emergency$/.test(path)
}

/** Removes old versions of one list, or old leaf tables, which lie side by side. */
function pruneBeside(path: string): void {
  const place = dirname(path)
  const versions = readdirSync(place).map((name) => {
    const file = join(place, name)
    return { file, changedAt: statSync(file).mtimeMs }
  })
  versions.sort((a, b) => b.changedAt - a.changedAt)
  for (const { file } of versions.slice(KEPT_VERSIONS)) rmSync(file, { force: true })
}

function pathOf(directory: string, url: string): string {
  const path = mirrorPath(directory, url)
  if (path === undefined) throw new CliError('unwritable', `${url} is no URL at which status can lie`)
  return path
}
