import type { Clock, Fetch } from '../../core/clock.ts'
import { systemTimer } from '../../core/timer.ts'
import { createDidResolver } from '../../did/resolve-did.ts'
import { statusFolder } from '../../stores/status-folder.ts'
import { AuthoritySync } from '../../verifier/authority-sync.ts'
import { AuthorityTrust } from '../../verifier/authority-trust.ts'
import type { Bundled } from '../../verifier/bundle.ts'
import { readTrustConfiguration } from '../../verifier/configured-trust.ts'
import { guardStatusStore } from '../../verifier/guarded-stores.ts'
import type { Keeping } from '../../verifier/status-keeper.ts'
import type { SyncState } from '../../verifier/sync-state.ts'
import type { VerifierAlarm } from '../../verifier/verifier-alarm.ts'
import { followWebDocuments } from '../../verifier/web-documents.ts'
import { CliError } from '../cli-error.ts'

/** What became of one authority of a bundle. */
export interface Taken {
  readonly state: SyncState
  readonly alarms: readonly VerifierAlarm[]
  /** DIDs on the web whose documents are held, and when each was fetched. */
  readonly documents: readonly { readonly did: string; readonly fetchedAt: number }[]
}

/**
 * Takes in one authority of a bundle as a verifier does that trusts it as the bundle says: it is opened, and has to follow
 * what a state directory has. Fetches nothing.
 *
 * @throws {CliError} `unwritable`
 * @param directory Where verifiers keep status: what is held is there before, and afterwards. Absent: nothing is kept.
 */
export async function takeBundled(
  { trust, status }: Bundled,
  { clock, directory }: { readonly clock: Clock; readonly directory?: string },
): Promise<Taken> {
  const alarms: VerifierAlarm[] = []
  const tell = (alarm: VerifierAlarm) => void alarms.push(alarm)
  const { trust: configured, configuredHosts } = readTrustConfiguration([trust])
  const documents = followWebDocuments({ fetch: noNetwork, clock, configuredHosts })
  const followed = new AuthorityTrust(configured.get(status.authority) ?? status, documents)
  const sync = new AuthoritySync({
    trust: followed,
    resolver: createDidResolver({ methods: documents.methods }),
    fetch: noNetwork,
    clock,
    onAlarm: tell,
    ...(directory === undefined ? {} : { keeping: keepingIn(directory, tell) }),
  })
  const state = await sync.take(status)
  if (alarms.some(({ kind }) => kind === 'store_failed'))
    throw new CliError(
      'unwritable',
      `cannot read or write ${directory}; check the directory and its permissions`,
    )
  const kept = followed.keptDocuments().map(({ did, fetchedAt }) => ({ did, fetchedAt }))
  return { state, alarms, documents: kept }
}

function keepingIn(directory: string, tell: Keeping['tell']): Keeping {
  return { store: guardStatusStore(statusFolder(directory), { tell, setTimer: systemTimer }), tell }
}

/** In the place of the network, where there is none. */
export const noNetwork: Fetch = () => Promise.reject(new TypeError('nothing is fetched here'))
