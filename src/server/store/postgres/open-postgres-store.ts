import type { ClientConfig } from 'pg'
import { ProcuraError } from '../../../errors.ts'
import type { Store } from '../../../issuer/ports.ts'
import { assertDatabaseUrl, loadDriver } from '../../../stores/postgres/driver.ts'
import { type LeaseQuotas, leaseQuotas } from '../sql/session.ts'
import { ALL_TENANTS, PostgresConnection } from './connection.ts'
import { assertPresentSchema, migrate } from './migrate.ts'
import { PostgresStore } from './postgres-store.ts'
import { unusable } from './unusable.ts'

/** Connections of one process beside the one that listens. */
const MAX_CONNECTIONS = 10

/** Until a connection has to stand, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000

/** Longer than the server lets any statement take, in milliseconds. That the way there is cut is noticed long before (status-notices.ts). */
const QUERY_TIMEOUT_MS = 130_000

/** After so long without a packet the system asks whether the other side is there, in milliseconds; firewalls forget silent connections. */
const KEEP_ALIVE_MS = 10_000

/** `server_version_num` of the oldest server. */
const OLDEST_VERSION = 150_000

export interface PostgresStoreOptions extends Partial<LeaseQuotas> {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  readonly url: string
  /** Whether data of another version are refused instead of brought forward: for who comes beside a service that may be running. Default false. */
  readonly keepsSchema?: boolean
}

/**
 * Opens a store in a PostgreSQL database (15 or newer), which any number of processes may share. All of it lies in the
 * schema `procura`, which is made when it is missing.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when the package `pg` is not installed, the URL is none, or the role is a
 * superuser or bypasses row-level security, which keeps tenants apart a second time;
 * `ERR_PROCURA_STORAGE` when the server cannot be reached, is too old, or has data of a newer program (with `keepsSchema`, of any other).
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  assertDatabaseUrl(options.url)
  const { Client, Pool } = await loadDriver()
  const config = configOf(options.url)
  const pool = new Pool({ ...config, max: MAX_CONNECTIONS })
  const connect = async () => {
    const client = new Client(config)
    await client.connect()
    return client
  }
  const store = new PostgresStore({ pool, connect, ...leaseQuotas(options) })
  try {
    const db = new PostgresConnection(store.clients, ALL_TENANTS)
    await assertFit(db)
    await (options.keepsSchema === true ? assertPresentSchema(db) : migrate(db))
    await store.listen()
    return store.port()
  } catch (error) {
    await store.close()
    throw error instanceof ProcuraError ? error : unusable(error, options.url)
  }
}

/**
 * Opens one connection, about all tenants. Changes nothing by itself, not even the schema.
 *
 * @throws {ProcuraError} as {@link openPostgresStore}.
 */
export async function openPostgresConnection(
  url: string,
): Promise<{ readonly db: PostgresConnection; close(): Promise<void> }> {
  assertDatabaseUrl(url)
  const { Client } = await loadDriver()
  const client = new Client(configOf(url))
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw unusable(error, url)
  }
  const source = { take: async () => client, giveBack: () => undefined, onCut: () => () => undefined }
  return { db: new PostgresConnection(source, ALL_TENANTS), close: () => client.end() }
}

async function assertFit(db: PostgresConnection): Promise<void> {
  await db.begin('read')
  try {
    const version = await db.get("SELECT current_setting('server_version_num')::integer AS version")
    if (Number(version?.version) < OLDEST_VERSION) throw tooOld()
    const role = await db.get(
      'SELECT rolsuper OR rolbypassrls AS is_unfenced FROM pg_roles WHERE rolname = current_user',
    )
    if (role?.is_unfenced === 1) throw unfenced()
  } finally {
    await db.rollback()
  }
}

function tooOld(): ProcuraError {
  return new ProcuraError('ERR_PROCURA_STORAGE', 'the database is too old: it must be PostgreSQL 15 or newer')
}

/** Before anything is made: what such a role made, no other one could use. */
function unfenced(): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    'the role of the database is a superuser or bypasses row-level security, which keeps tenants apart: name a role of its own in PROCURA_DATABASE_URL (CREATE ROLE … LOGIN NOSUPERUSER NOBYPASSRLS) that owns the database',
  )
}

function configOf(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'procura',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  }
}
