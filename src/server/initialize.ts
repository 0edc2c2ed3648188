import { existsSync } from 'node:fs'
import { type Clock, type Random, systemClock, systemRandom } from '../core/clock.ts'
import { didWebUrl } from '../did/did-web.ts'
import { ProcuraError } from '../errors.ts'
import type { Store } from '../issuer/ports.ts'
import type { Tenant } from '../issuer/records.ts'
import type { Did } from '../model/did.ts'
import { isToken } from '../model/text.ts'
import type { TrustEntry } from '../verifier/trust.ts'
import { createAdminKey, writeAdminKey } from './admin-key.ts'
import { CleanUp } from './clean-up.ts'
import {
  adminKeyFile,
  createDirectory,
  type DataFiles,
  dataFiles,
  ownAdminKeyFile,
  parseOrigin,
} from './data-directory.ts'
import { webDidOf, webStatusDidOf } from './did-document.ts'
import type { KeyEncryptionKeys } from './keys/envelope.ts'
import { createKeyEncryptionKeyFile, loadKeyEncryptionKeys } from './keys/key-encryption-key.ts'
import { openKeyRing } from './keys/key-ring.ts'
import { createTenantKeys } from './keys/tenant-keys.ts'
import { openStoreToSetUp } from './open-store.ts'
import { databaseName } from './store/postgres/database-name.ts'
import { trustEntry } from './trust-entry.ts'

/** What is chosen once, when a tenant is set up. */
export interface InitializeOptions {
  /** Created with mode 0700 when it does not exist. */
  readonly dataDir: string
  /** `postgres://…`, which several processes may share. Default: a file in `dataDir`. */
  readonly database?: string
  /** Id of the tenant, part of its URLs: lower-case letters, digits and inner hyphens. */
  readonly tenant: string
  /** Default `production`. */
  readonly environment?: string
  /** Under which the world reaches the service; it stands in every credential and cannot change. */
  readonly origin: string
  /**
   * Whether the authority is the `did:web` of the origin, and its status issuer one beside it; one tenant of an origin
   * can be. Default false: both are a `did:key`.
   */
  readonly didWeb?: boolean
  /** Where `PROCURA_KEK` and `PROCURA_KEK_FILE` are looked for. Default: nowhere, the key is a file in `dataDir`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly clock?: Clock
  readonly random?: Random
}

/** What was set up, and what to hand on. */
export interface Initialized {
  readonly tenant: Tenant
  /** Where the registry is: a file, or host and name of a database. Holds no secret. */
  readonly database: string
  /** The first administrator. */
  readonly admin: Did
  /** Its private key as a JWK with `kid`, mode 0600. There is no other copy. */
  readonly adminKeyFile: string
  /** What service providers need to trust this tenant. */
  readonly trust: TrustEntry
}

/** What fits a path segment, a DNS label and a file name. */
const TENANT = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Sets up a data directory: key-encryption key, database, a tenant with its keys, and the key of its first
 * administrator. Another tenant's name adds that tenant to what is there. Interrupted, it can be run again.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when the tenant exists, another origin was chosen before, or a
 * process works on the directory; nothing is changed then.
 */
export async function initialize(options: InitializeOptions): Promise<Initialized> {
  const origin = parseOrigin(options.origin)
  assertNames(options)
  if (options.didWeb === true) assertHasWebDid(origin)
  const files = dataFiles(options.dataDir)
  createDirectory(files.directory)
  const cleanUp = new CleanUp()
  try {
    const store = await openStoreToSetUp({ files, database: options.database }, cleanUp)
    return await setUp(files, store, { ...options, origin })
  } finally {
    await cleanUp.run()
  }
}

async function setUp(files: DataFiles, store: Store, options: InitializeOptions): Promise<Initialized> {
  assertSameOrigin((await store.origin()) ?? options.origin, options)
  const keks = await keyEncryptionKeys(files, store, options)
  await openKeyRing({ store, ...keks })
  if ((await store.tenant(options.tenant)) !== undefined) throw initializedAlready(options.tenant)
  assertSameOrigin(await store.chooseOrigin(options.origin), options)
  return await addTenant(files, store, keks.kek, options)
}

function assertSameOrigin(chosen: string, { origin }: InitializeOptions): void {
  if (chosen === origin) return
  throw misconfigured(`the origin of this issuer is ${chosen}: it stands in its credentials and stays`)
}

/** Made once, before there is anything that it could fail to open; from then on only read. */
async function keyEncryptionKeys(
  files: DataFiles,
  store: Store,
  { env = {}, random }: InitializeOptions,
): Promise<KeyEncryptionKeys> {
  const file = files.keyEncryptionKey
  const isGiven = env.PROCURA_KEK !== undefined || env.PROCURA_KEK_FILE !== undefined
  const isFirst = !isGiven && !existsSync(file) && (await store.tenants()).length === 0
  if (isFirst) return { kek: await createKeyEncryptionKeyFile(file, random ?? systemRandom) }
  return await loadKeyEncryptionKeys({ file, env })
}

async function addTenant(
  files: DataFiles,
  store: Store,
  kek: Uint8Array,
  options: InitializeOptions,
): Promise<Initialized> {
  const {
    tenant: id,
    environment = 'production',
    origin,
    clock = systemClock,
    random = systemRandom,
  } = options
  const createdAt = clock()
  const dids = options.didWeb === true ? await webDids(store, origin) : {}
  const { keys, authority, statusIssuer } = await createTenantKeys({
    tenant: id,
    kek,
    createdAt,
    random,
    ...dids,
  })
  const tenant = { id, name: id, environment, authority, statusIssuer, createdAt }
  const key = await createAdminKey()
  const keyFile = newKeyFile(files.directory, id, key.did)
  writeAdminKey(keyFile, key)
  await store.createTenant(tenant, key.did, keys)
  return {
    tenant,
    database: options.database === undefined ? files.database : databaseName(options.database),
    admin: key.did,
    adminKeyFile: keyFile,
    trust: trustEntry(origin, tenant),
  }
}

/** A file that is there is left alone: it may be the only copy of a key, of another registry or of a tenant that got no further. */
function newKeyFile(directory: string, tenant: string, admin: Did): string {
  const usual = adminKeyFile(directory, tenant)
  return existsSync(usual) ? ownAdminKeyFile(directory, tenant, admin) : usual
}

/** An address and a single label are no place of the public web; loopback is one for those who name it exactly. */
function assertHasWebDid(origin: string): void {
  const { host } = new URL(origin)
  if (didWebUrl(webDidOf(origin), new Set([host])) !== undefined) return
  throw misconfigured(`no did:web can name the host of ${origin}: leave --did-web out, or choose another`)
}

/** The DIDs of a tenant that is the authority of the origin itself. */
async function webDids(store: Store, origin: string): Promise<{ authority: Did; statusIssuer: Did }> {
  const authority = webDidOf(origin)
  if ((await store.tenants()).some((tenant) => tenant.authority === authority)) {
    throw misconfigured(`${authority} is another tenant's already: leave --did-web out`)
  }
  return { authority, statusIssuer: webStatusDidOf(origin) }
}

function assertNames({ tenant, environment = 'production' }: InitializeOptions): void {
  if (!TENANT.test(tenant)) {
    throw misconfigured('tenant must have 1 to 63 lower-case letters, digits and inner hyphens')
  }
  if (!isToken(environment)) throw misconfigured('environment must have 1 to 128 visible ASCII characters')
}

function initializedAlready(tenant: string): ProcuraError {
  return misconfigured(`the tenant "${tenant}" is initialised already; nothing was changed`)
}

function misconfigured(message: string): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message)
}
