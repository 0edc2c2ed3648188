import type { ClientConfig, Pool, PoolClient } from 'pg'
import { type Clock, systemClock } from '../../core/clock.ts'
import { ProcuraError } from '../../errors.ts'
import { type SharedStores, sharedStores } from '../shared-stores.ts'
import { PostgresAnswers } from './postgres-answers.ts'
import { SCHEMA_STEPS } from './schema.ts'

/** Connections of one process. */
const MAX_CONNECTIONS = 10

/** A request waits no longer for a connection or an answer, in milliseconds: less than a verifier waits for a store. */
const TIMEOUT_MS = 1_500

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
  if (typeof url !== 'string' || !/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url))
    throw misconfigured('url must be postgres://user:password@host:port/database')
  const pool = await openPool(url)
  try {
    await prepare(pool)
  } catch (cause) {
    await pool.end()
    throw new ProcuraError('ERR_PROCURA_STORAGE', `the database of the stores: ${reasonOf(cause)}`, { cause })
  }
  return sharedStores(new PostgresAnswers(pool, clock), clock)
}

async function openPool(url: string): Promise<Pool> {
  const config: ClientConfig = {
    connectionString: url,
    application_name: 'procura',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    keepAlive: true,
  }
  const { Pool } = await loadDriver()
  const pool = new Pool({ ...config, max: MAX_CONNECTIONS, allowExitOnIdle: true })
  // Without a listener a connection that breaks would end the process; the pool replaces it.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

async function prepare(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await bringForward(client)
    await client.query('COMMIT')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function bringForward(client: PoolClient): Promise<void> {
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

async function loadDriver(): Promise<Pick<typeof import('pg'), 'Pool'>> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw misconfigured('these stores need the package pg beside procura: npm install pg', cause)
  }
}

/** The driver's messages name host and port, never the password. */
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

function misconfigured(message: string, cause?: unknown): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message, cause === undefined ? {} : { cause })
}
