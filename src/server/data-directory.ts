import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ProcuraError } from '../errors.ts'
import type { Did } from '../model/did.ts'
import { systemCodeOf } from './system-code.ts'

/** Files of a data directory. All are for the service's user alone. */
export interface DataFiles {
  readonly directory: string
  readonly database: string
  /** 256-bit key-encryption key; without it every key in the database is lost. */
  readonly keyEncryptionKey: string
  readonly lock: string
}

export function dataFiles(directory: string): DataFiles {
  return {
    directory,
    database: join(directory, 'procura.sqlite'),
    keyEncryptionKey: join(directory, 'key-encryption-key'),
    lock: join(directory, 'service.lock'),
  }
}

/** Where `init` puts the key of a tenant's first administrator, unless there is a file already. */
export function adminKeyFile(directory: string, tenant: string): string {
  return join(directory, `admin-${tenant}.json`)
}

/** Where the key of a further administrator goes, which no other key has been in. */
export function ownAdminKeyFile(directory: string, tenant: string, did: Did): string {
  return join(directory, `admin-${tenant}-${did.slice(-8)}.json`)
}

/**
 * Creates the directory for this user alone; an existing one is narrowed to that.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`
 */
export function createDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    chmodSync(directory, 0o700)
  } catch (error) {
    throw unwritable(directory, error)
  }
}

/** What cannot be written, and why: the caller named the directory. */
export function unwritable(path: string, cause: unknown): ProcuraError {
  const code = systemCodeOf(cause) ?? 'unknown error'
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `cannot write ${path} (${code}): name a data directory that this account may write`,
    { cause },
  )
}

/** https, or http on a loopback host; nothing after the port. */
const ORIGIN = /^(?:https:\/\/[a-z0-9.-]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::[1-9]\d{0,4})?$/

/**
 * Reads an origin as status lists and signatures will name it.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`
 */
export function parseOrigin(origin: string): string {
  const isNormal = ORIGIN.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin
  if (isNormal) return origin
  throw new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    'origin must be https://host[:port], lower case and without a path (http only on a loopback host)',
  )
}
