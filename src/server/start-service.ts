import { encodeBase64url } from '../core/base64url.ts'
import { type Clock, type Random, systemClock, systemRandom } from '../core/clock.ts'
import { createDidResolver } from '../did/resolve-did.ts'
import type { Issuer } from '../issuer/issuer.ts'
import type { Store } from '../issuer/ports.ts'
import { raiseAlarm } from './alarms.ts'
import { Checkpoints } from './audit/checkpoints.ts'
import { assertRetention } from './audit/retention.ts'
import { CleanUp } from './clean-up.ts'
import { watchClock } from './clock-watch.ts'
import { closeOnSignals } from './close-on-signals.ts'
import { dataFiles } from './data-directory.ts'
import { startDeliveries } from './delivery/start-deliveries.ts'
import { ownDidMethod } from './did-document.ts'
import { startHousekeeping } from './housekeeping.ts'
import { accessTokens } from './http/access-tokens.ts'
import { createHandler, type Handler } from './http/create-handler.ts'
import { createExpressApp } from './http/express-app.ts'
import { createHttpServer, drain, listen } from './http/http-server.ts'
import { WriteLimiter, type WriteLimits } from './http/write-limiter.ts'
import type { KeyEncryptionKeys } from './keys/envelope.ts'
import { loadKeyEncryptionKeys } from './keys/key-encryption-key.ts'
import { openKeyRing } from './keys/key-ring.ts'
import { openTokenKey, type RefusedPins } from './keys/pkcs11/open-token.ts'
import { readTokenAccess } from './keys/pkcs11/token-access.ts'
import { startRewrapping } from './keys/rewrap-data-keys.ts'
import { REQUESTS_PER_MINUTE, UNSIGNED_PER_MINUTE } from './limits.ts'
import { createLogger, type Logger, type LogLevel } from './logger.ts'
import { openIssuerStore } from './open-store.ts'
import { assertSameOrigin, defaultPort } from './own-address.ts'
import { HeadEvents } from './publication/head-events.ts'
import { openTargets, type PublicationPlaces } from './publication/open-targets.ts'
import { refuseUnfinishedRestore, refuseWayBack } from './publication/refuse-way-back.ts'
import { Publisher, type PublisherOptions } from './publisher.ts'
import { ROUTES } from './routes/index.ts'
import { SignalPoller } from './signals/signal-poller.ts'
import { SignalReceiver } from './signals/signal-receiver.ts'
import { tellOutages } from './tell-outages.ts'
import type { SignInHeader } from './vc-api/handler.ts'
import type { Mode } from './vc-api/instance.ts'

/** The lock of a data directory lets one process at a time work with it. */
const ONLY_INSTANCE = 'data-directory'

/** The world comes through a proxy that speaks TLS. */
const DEFAULT_HOST = '127.0.0.1'

const UNTRUSTED_PROXY =
  'a request came through a proxy (X-Forwarded-For), and none is trusted: all who come through it are one address to the limits; set --trusted-proxies (PROCURA_TRUSTED_PROXIES) to how many proxies stand in front'

/** How the service runs. */
export interface ServiceOptions {
  /** Set up by `initialize`. */
  readonly dataDir: string
  /** `postgres://…` as given to `initialize`, which several processes may share. Default: a file in `dataDir`. */
  readonly database?: string
  /** 0 takes any free one. Default: the port of a loopback origin, else 8787. */
  readonly port?: number
  /** Address to listen on. Default `127.0.0.1`: the world comes through a proxy that speaks TLS. */
  readonly host?: string
  /** Must be the one of `initialize`, which is the default. */
  readonly origin?: string
  /** How many proxies in front add to `X-Forwarded-For`. Default 0. */
  readonly trustedProxies?: number
  /** Default 60,000. */
  readonly requestsPerMinute?: number
  /** Requests per minute from one address that may fail to prove who calls. Default 300. */
  readonly unsignedPerMinute?: number
  /** Requests per minute that change something, by one caller and in one tenant. Default 12,000 and 30,000. */
  readonly writesPerMinute?: Partial<WriteLimits>
  /** OpenID providers whose access tokens are taken (RFC 9068), exactly as each names itself. Default: none. */
  readonly oidcIssuers?: readonly string[]
  /** Issuers of security events (OpenID Shared Signals) that tenants may register, exactly as each names itself. Default: none. */
  readonly signalIssuers?: readonly string[]
  /** Directory with the access tokens for transmitters whose events are fetched, a file for each, named by its id. */
  readonly signalTokens?: string
  readonly publisher?: PublisherOptions
  /** Where the status is published beside the service itself. Default: nowhere. */
  readonly publish?: PublicationPlaces
  /** Milliseconds between two looks for audit entries that no checkpoint covers. Default 10 s. */
  readonly checkpointMs?: number
  /** After how many days the texts of audit entries go, 365 or more; their hashes stay. Default: never. */
  readonly auditRetentionDays?: number
  /** Hosts, with a port that is not the default one, to which events may be posted though private, or without TLS. Default: none. */
  readonly deliveryHosts?: readonly string[]
  /** Default `info`. */
  readonly logLevel?: LogLevel
  /** Default: JSON lines on standard output. */
  readonly logger?: Logger
  /** Where `PROCURA_KEK` and `PROCURA_KEK_FILE` are looked for. Default: nowhere, the key is a file in `dataDir`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** VC API instances beside the API, with keys of their own. Default: none (docs/conformance-service.md). */
  readonly vcApi?: { readonly mode: Mode; readonly header?: SignInHeader }
  /** Whether SIGTERM, SIGINT and SIGHUP close the service. Default false. */
  readonly handleSignals?: boolean
  readonly clock?: Clock
  readonly random?: Random
}

/** A service that accepts requests. */
export interface RunningService {
  /** Where it listens: `http://127.0.0.1:8787`. */
  readonly url: string
  /** Under which the world reaches it. */
  readonly origin: string
  /** Stops accepting, finishes what runs, publishes, closes. Idempotent. */
  close(): Promise<void>
  /** Settles when the service has ended: without a value after `close`, with the reason when its store died. */
  readonly ended: Promise<Error | undefined>
}

/**
 * Starts the issuer service.
 *
 * @throws {ProcuraError} One line that says what to do: `ERR_PROCURA_INVALID_CONFIGURATION` (not initialised, another origin,
 * port in use, data directory in use), `ERR_PROCURA_INVALID_KEY` (wrong key-encryption key), `ERR_PROCURA_STORAGE`
 * (database unreadable or of a newer program).
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const cleanUp = new CleanUp()
  try {
    return await start(options, cleanUp)
  } catch (error) {
    await cleanUp.run().catch(() => {})
    throw error
  }
}

async function start(given: ServiceOptions, cleanUp: CleanUp): Promise<RunningService> {
  assertRetention(given.auditRetentionDays)
  const log = given.logger ?? createLogger(given.logLevel ?? 'info')
  const { issuer, keks } = await openIssuer(given, cleanUp)
  const options = { ...given, origin: issuer.origin }
  cleanUp.defer(tellOutages(issuer.store, log))
  const targets = await openTargets(options.publish ?? {}, issuer, cleanUp)
  await refuseWayBack(issuer, targets, log)
  const clockJump = watchClock(options.clock, log)
  const headEvents = new HeadEvents(issuer.store)
  const onPublished = (tenant: string) => headEvents.published(tenant)
  const publisher = new Publisher(issuer, log, options.publisher, { targets, clockJump, onPublished })
  cleanUp.defer(() => publisher.close())
  await publisher.start()
  const checkpoints = new Checkpoints(issuer, log, {
    ...(options.checkpointMs !== undefined && { everyMs: options.checkpointMs }),
    ...(options.auditRetentionDays !== undefined && { retentionDays: options.auditRetentionDays }),
  })
  cleanUp.defer(() => checkpoints.close())
  checkpoints.start()
  cleanUp.defer(startHousekeeping(issuer, log, clockJump))
  const signals = new SignalReceiver(issuer, log, options.signalIssuers)
  const poller = new SignalPoller({ issuer, log, receiver: signals, tokens: options.signalTokens })
  cleanUp.defer(() => poller.close())
  poller.start()
  const deliveryHosts = new Set(options.deliveryHosts)
  cleanUp.defer(startDeliveries(issuer, log, { hosts: deliveryHosts, clockJump }))
  const writes = new WriteLimiter(options.writesPerMinute, issuer.clock)
  const { state: rewrap, stop } = startRewrapping(issuer, keks, log)
  cleanUp.defer(stop)
  const service = {
    issuer,
    log,
    publisher,
    headEvents,
    writes,
    signals,
    deliveryHosts,
    ...accessTokens(options.oidcIssuers, issuer),
    ...(rewrap !== undefined && { rewrap }),
  }
  const handler = await withInstances(createHandler(service, ROUTES), options, log)
  const app = createExpressApp(handler, {
    origin: options.origin,
    requestsPerMinute: options.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    unsignedPerMinute: options.unsignedPerMinute ?? UNSIGNED_PER_MINUTE,
    trustedProxies: options.trustedProxies ?? 0,
    onUntrustedProxy: () => log.warn(UNTRUSTED_PROXY),
  })
  const server = createHttpServer(app)
  cleanUp.defer(() => drain(server))
  cleanUp.defer(() => headEvents.close())
  const { host = DEFAULT_HOST, port = defaultPort(options.origin) } = options
  const url = `http://${await listen(server, host, port)}`
  log.info({ url, origin: options.origin }, 'the issuer service listens')
  return running(url, options, issuer.store, log, cleanUp)
}

/** The instances answer below their own path only; they have nothing of the issuer's, least of all its keys. */
async function withInstances(
  handler: Handler,
  { vcApi, origin, host = DEFAULT_HOST, clock, random }: ServiceOptions & { readonly origin: string },
  log: Logger,
): Promise<Handler> {
  if (vcApi === undefined) return handler
  const { createVcApi, isInstancePath } = await import('./vc-api/handler.ts')
  const instances = await createVcApi({
    ...vcApi,
    origin,
    host,
    log,
    ...(clock !== undefined && { clock }),
    ...(random !== undefined && { random }),
  })
  return (request) => (isInstancePath(new URL(request.url).pathname) ? instances(request) : handler(request))
}

async function openIssuer(
  options: ServiceOptions,
  cleanUp: CleanUp,
): Promise<{ readonly issuer: Issuer; readonly keks: KeyEncryptionKeys }> {
  const { env = {}, clock = systemClock, random = systemRandom, database } = options
  const files = dataFiles(options.dataDir)
  const { store, origin } = await openIssuerStore({ files, database }, cleanUp)
  assertSameOrigin(origin, options.origin)
  await refuseUnfinishedRestore(store)
  const keks = await loadKeyEncryptionKeys({ file: files.keyEncryptionKey, env })
  const refusedPins: RefusedPins = new Map()
  const openKey = async (uri: string) => openTokenKey(uri, await readTokenAccess(env), refusedPins)
  const keys = await openKeyRing({ store, ...keks, clock, random, openTokenKey: openKey })
  const resolver = createDidResolver({ methods: { web: ownDidMethod({ store, keys, origin }) } })
  const instance = database === undefined ? ONLY_INSTANCE : encodeBase64url(random(16))
  return { issuer: { store, keys, clock, random, resolver, origin, instance }, keks }
}

function running(
  url: string,
  { origin, handleSignals = false }: ServiceOptions & { readonly origin: string },
  store: Store,
  log: Logger,
  cleanUp: CleanUp,
): RunningService {
  let end: (reason: Error | undefined) => void = () => {}
  const ended = new Promise<Error | undefined>((resolve) => {
    end = resolve
  })
  let closing: Promise<void> | undefined
  const close = (reason?: Error): Promise<void> => {
    closing ??= cleanUp.run().finally(() => end(reason))
    return closing
  }
  cleanUp.defer(
    store.onFailure((error) => {
      raiseAlarm(log, 'store_dead', { err: error })
      void close(error).catch(() => {})
    }),
  )
  if (handleSignals) cleanUp.defer(closeOnSignals(() => close(), log))
  return { url, origin, close: () => close(), ended }
}
