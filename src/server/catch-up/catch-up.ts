import {
  CLOCK_SKEW_MS,
  type Clock,
  type Fetch,
  type Random,
  systemClock,
  systemRandom,
} from '../../core/clock.ts'
import { formatDateTime } from '../../core/date-time.ts'
import { createDidResolver } from '../../did/resolve-did.ts'
import type { CaughtUp, FoundStatus } from '../../issuer/catch-up-store.ts'
import type { Store } from '../../issuer/ports.ts'
import type { PublishedHead } from '../../issuer/published-status.ts'
import type { Tenant } from '../../issuer/records.ts'
import { serviceContext } from '../../issuer/service-context.ts'
import { FRESHNESS_SECONDS } from '../../status/freshness.ts'
import { misconfigured } from '../backup/backup-files.ts'
import { CleanUp } from '../clean-up.ts'
import type { DataFiles } from '../data-directory.ts'
import { ownDidMethod } from '../did-document.ts'
import { loadKeyEncryptionKeys } from '../keys/key-encryption-key.ts'
import { openKeyRing } from '../keys/key-ring.ts'
import { openIssuerStore } from '../open-store.ts'
import { openPlace, type PublishedPlace, type PublishedSource } from './published-place.ts'
import { type ReadStatus, readPublished } from './read-published.ts'

/** Least time between two heads of one service, in milliseconds: half the pause that it keeps between urgent ones. */
const BETWEEN_HEADS_MS = 100

/** Older than any verifier believes by default, in milliseconds: whether it is the newest somebody else must say. */
const OLD_MS = FRESHNESS_SECONDS.routine * 1000

/** Numbers that are left out in any case. */
const HEADS_LEFT_OUT = 100

export interface CatchUpOptions {
  readonly files: DataFiles
  /** `postgres://…`; absent: the file in the data directory. */
  readonly database?: string
  /** Where the status was published last; `none`: nothing was done since the backup, as the service had ended before. */
  readonly published: readonly PublishedSource[] | 'none'
  /** Keys that signed it after they were rotated, which the registry does not have: the service's `did:web` with `#` and the multikey. */
  readonly statusKeys?: readonly string[]
  /** When the service published last, for all that is known (ms): what is published must be of then or later, and may then be old. */
  readonly asOf?: number
  /** Who does it, for the audit trail: `account@host`. */
  readonly operator: string
  /** Where `PROCURA_KEK` and `PROCURA_KEK_FILE` are looked for. Default: nowhere, the key is a file in the data directory. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly random?: Random
  readonly fetch?: Fetch
  /** Told what is done next. */
  readonly onProgress?: (what: string) => void
}

/** What became of one tenant; without `head` nothing had happened since the backup. */
export interface TenantCaughtUp extends Partial<CaughtUp> {
  readonly tenant: string
  readonly head?: Pick<PublishedHead, 'seq' | 'iatMs'>
  readonly unknownKeys: readonly string[]
}

/**
 * Brings a registry forward that was restored from an older backup (docs/operations.md "Back up and restore"): what was published since is
 * read, verified and taken over, one transaction for each tenant. Everything is read before anything is changed; killed midway, it can be
 * run again.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` that says what to do; nothing was changed of the tenant that it names.
 */
export async function catchUp(options: CatchUpOptions): Promise<readonly TenantCaughtUp[]> {
  const { files, database } = options
  const cleanUp = new CleanUp()
  try {
    const { store, origin } = await openIssuerStore({ files, database }, cleanUp)
    const keks = await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env: options.env ?? {} })
    const keys = await openKeyRing({ store, ...keks })
    const resolver = createDidResolver({ methods: { web: ownDidMethod({ store, keys, origin }) } })
    if (options.published === 'none') return await confirmAll(store, options)
    const places = []
    for (const source of options.published) places.push(await openPlace(source, origin, options.fetch))
    return await takeOver(store, places, { statusKeys: [], ...options, origin, resolver })
  } finally {
    await cleanUp.run()
  }
}

interface Taking extends CatchUpOptions {
  readonly statusKeys: readonly string[]
  readonly origin: string
  readonly resolver: ReturnType<typeof createDidResolver>
}

async function takeOver(
  store: Store,
  places: readonly PublishedPlace[],
  options: Taking,
): Promise<readonly TenantCaughtUp[]> {
  const { onProgress = () => undefined, clock = systemClock, random = systemRandom } = options
  const found: { readonly tenant: Tenant; readonly status: FoundStatus }[] = []
  for (const tenant of await tenantsBehind(store)) {
    const read: ReadStatus[] = []
    for (const place of places) {
      onProgress(`reading ${place.name}: ${tenant.id}`)
      read.push(await readPublished(place, { ...options, tenant }))
    }
    const status = newestOf(read, tenant, clock())
    assertOfThePast(status, tenant, clock())
    assertNewest(status, tenant, { now: clock(), asOf: options.asOf })
    if (await isBehind(store, tenant, status)) found.push({ tenant, status })
  }
  if (found.length === 0)
    throw misconfigured('the registry is not behind what is published there: nothing is to be done')
  const report: TenantCaughtUp[] = []
  for (const { tenant, status } of found) {
    onProgress(`taking over ${tenant.id}`)
    const written = await store.catchUp(status, options.operator, serviceContext({ clock, random }, tenant))
    if (!written.done) throw changedMeanwhile(tenant)
    const { seq, iatMs } = status.head
    report.push({
      tenant: tenant.id,
      head: { seq, iatMs },
      unknownKeys: status.unknownKeys,
      ...written.value,
    })
  }
  return report
}

/** Those that a restore has marked, else any: a database may have been put back by other means. */
async function tenantsBehind(store: Store): Promise<readonly Tenant[]> {
  const marked = new Set((await store.restorations()).map(({ tenant }) => tenant))
  const tenants = await store.tenants()
  return marked.size === 0 ? tenants : tenants.filter(({ id }) => marked.has(id))
}

/** The newest head, with its lists; the revocations of older ones count as well. */
function newestOf(read: readonly ReadStatus[], tenant: Tenant, now: number): FoundStatus {
  const [newest, ...others] = read.toSorted((a, b) => b.head.seq - a.head.seq)
  if (newest === undefined) throw misconfigured('name at least one place with --published')
  const { head, emergency } = newest
  if (others.some((other) => other.head.seq === head.seq && other.head.jwt !== head.jwt)) throw forked(tenant)
  return {
    head,
    ...(emergency !== undefined && { emergency }),
    lists: newest.lists,
    others: others.flatMap(({ lists }) => lists),
    unknownKeys: [...new Set(read.flatMap(({ unknownKeys }) => unknownKeys))],
    nextSeq: head.seq + HEADS_LEFT_OUT + Math.ceil(Math.max(0, now - head.iatMs) / BETWEEN_HEADS_MS),
  }
}

/** After a head or a list of a time to come nothing could be published before that time, whoever had signed it. */
function assertOfThePast({ head, lists }: FoundStatus, { id }: Tenant, now: number): void {
  const newest = lists.reduce((latest, { version }) => Math.max(latest, version), head.iatMs)
  if (newest <= now + CLOCK_SKEW_MS) return
  throw misconfigured(
    `what is published of tenant ${id} there is of a time to come (${formatDateTime(newest)}); nothing was changed: see whether the clock of this machine is right, else wait, or name a place that was not tampered with`,
  )
}

/** An older copy of what was published is as well signed as the newest, and lacks the revocations since. */
function assertNewest(
  { head: { seq, iatMs } }: FoundStatus,
  { id }: Tenant,
  { now, asOf }: { now: number; asOf: number | undefined },
): void {
  if (asOf === undefined ? now - iatMs <= OLD_MS : iatMs >= asOf) return
  const time = formatDateTime(iatMs)
  throw misconfigured(
    `the newest head of tenant ${id} there (${seq}) is of ${time}; nothing was changed, as what was revoked after that would be lost: name the place where it was published last, or, when the logs of the service and verifiers tell that it published nothing later, say --as-of ${time}`,
  )
}

/** @throws {ProcuraError} when what was found is older than the registry, or another history. */
async function isBehind(store: Store, tenant: Tenant, { head }: FoundStatus): Promise<boolean> {
  const own = await store.publishedHead(tenant.id)
  if (own === undefined || own.seq < head.seq) return true
  if (own.seq > head.seq) {
    throw misconfigured(
      `what is published of tenant ${tenant.id} there (head ${head.seq}) is older than the registry itself (head ${own.seq}): it was not published last; name another place`,
    )
  }
  if (own.jwt !== head.jwt) throw forked(tenant)
  return (await store.restorations()).some((restoration) => restoration.tenant === tenant.id)
}

async function confirmAll(store: Store, options: CatchUpOptions): Promise<readonly TenantCaughtUp[]> {
  const { clock = systemClock, random = systemRandom, operator } = options
  const marked = new Set((await store.restorations()).map(({ tenant }) => tenant))
  if (marked.size === 0) throw misconfigured('the registry does not wait for this: nothing is to be done')
  const report: TenantCaughtUp[] = []
  for (const tenant of (await store.tenants()).filter(({ id }) => marked.has(id))) {
    const written = await store.confirmRestored(operator, serviceContext({ clock, random }, tenant))
    if (!written.done) throw atWork(tenant)
    report.push({ tenant: tenant.id, unknownKeys: [] })
  }
  return report
}

function forked({ id }: Tenant) {
  return misconfigured(
    `two different heads of one number are published of tenant ${id}: two registries sign with one key; end all but one, and name the place of the one that verifiers follow`,
  )
}

function changedMeanwhile({ id }: Tenant) {
  return misconfigured(
    `a process publishes tenant ${id}, or published it meanwhile: stop every process of the service, and try again`,
  )
}

function atWork({ id }: Tenant) {
  return misconfigured(
    `the service was at work when the backup was made, so it went on after it (tenant ${id}): name with --published what it published last`,
  )
}
