import type { Client, ClientConfig } from 'pg'
import { type Clock, systemClock } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import { type SharedStores, sharedStores } from '../shared-stores.ts'
import { assertDatabaseUrl, loadDriver, outliveBrokenConnections } from './driver.ts'
import { PostgresAnswers } from './postgres-answers.ts'
import { SCHEMA_STEPS } from './schema.ts'

/** Connections of one process. */
const MAX_CONNECTIONS = 10

/** A request waits no longer for a connection or an answer, in milliseconds: less than a verifier waits for a store. */
const TIMEOUT_MS = 1_500

/** Opening may have to wait for others that make the tables, and for a server that begins, in milliseconds. */
const OPENING_TIMEOUT_MS = 10_000

/** Any number that other programs do not lock: processes that start together make the tables one after the other. */
const SCHEMA_LOCK = 0x50524355

export interface PostgresStoresOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`, PostgreSQL 15 or newer. */
  readonly url: string
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Opens a store of usage, nonces and chains in a PostgreSQL database, in its schema `procura_stores`, which is made when it is
 * missing. All processes that answer for one audience, on whatever hosts, name the same database: what one of them has
 * reserved, seen or been sent, all have.
 *
 * A request that needs it costs one way to the server and back, and one commit there. Their clocks must agree as well as the
 * times of proofs ask for.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when `url` is none, or the package `pg` is not installed;
 *   `ERR_PROCURA_STORAGE` when the server cannot be reached, or its data are of a newer version of this program.
 */
export async function openPostgresStores(options: PostgresStoresOptions): Promise<SharedStores> {
  const { url, clock = systemClock } = options
  assertDatabaseUrl(url)
  const { Client, Pool } = await loadDriver()
  try {
    await prepare(new Client(configOf(url, OPENING_TIMEOUT_MS)))
  } catch (cause) {
    throw new ProcuraError('ERR_PROCURA_STORAGE', `the database of the stores: ${reasonOf(cause)}`, { cause })
  }
  const pool = new Pool({ ...configOf(url, TIMEOUT_MS), max: MAX_CONNECTIONS, allowExitOnIdle: true })
  outliveBrokenConnections(pool)
  return sharedStores(new PostgresAnswers(pool, clock), clock)
}

function configOf(url: string, timeoutMs: number): ClientConfig {
  return {
    connectionString: url,
    application_name: 'procura',
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
  }
}

/** A transaction that is not committed when the client leaves was never begun. */
async function prepare(client: Client): Promise<void> {
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('BEGIN')
    await bringForward(client)
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}

async function bringForward(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
  await client.query(`CREATE SCHEMA IF NOT EXISTS procura_stores; SET LOCAL search_path = procura_stores;
    CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY)`)
  const { rows } = await client.query('SELECT coalesce(max(version), 0) AS version FROM schema_version')
  const version = Number(rows[0]?.version)
  if (version > SCHEMA_STEPS.length)
    throw new Error(`its data have schema ${version}, this program knows schema ${SCHEMA_STEPS.length}`)
  for (const [i, step] of SCHEMA_STEPS.slice(version).entries()) {
    await client.query(step)
    await client.query('INSERT INTO schema_version VALUES ($1)', [version + i + 1])
  }
}

/** The driver's messages name host and port, never the password. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
