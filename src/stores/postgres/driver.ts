import type { ClientBase, Pool } from 'pg'
import { ProcuraError } from '../../errors.ts'

/**
 * The driver, an optional package: loaded by whoever names a database.
 *
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when it is not installed.
 */
export async function loadDriver(): Promise<Pick<typeof import('pg'), 'Client' | 'Pool'>> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw misconfigured('PostgreSQL needs the package pg beside procura: npm install pg', cause)
  }
}

/** How a password is written in a URL. */
export const PASSWORD_IN_URL =
  'any other character of a password than letters, digits and - . _ ~ is written as %XX (@ is %40, / is %2F)'

/** @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION`, without the URL, which may hold a password. */
export function assertDatabaseUrl(url: unknown): asserts url is string {
  if (typeof url === 'string' && /^postgres(?:ql)?:\/\//.test(url) && isWhole(url)) return
  throw misconfigured(
    `the URL of the database must be postgres://user:password@host:port/database; ${PASSWORD_IN_URL}`,
  )
}

/** Whether it ends where it should: a `/`, `?` or `#` in a password would make a host of its beginning. */
function isWhole(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { pathname, search, hash } = new URL(text)
  return /^(?:\/[^/@]*)?$/.test(pathname) && hash === '' && !/^\?[^=&]*@/.test(search)
}

/** Without a listener a connection that breaks would end the process, idle or at work; the pool replaces it. */
export function outliveBrokenConnections(pool: Pool): void {
  pool.on('error', () => undefined)
  pool.on('connect', (client: ClientBase) => void client.on('error', () => undefined))
}

function misconfigured(message: string, cause?: unknown): ProcuraError {
  return new ProcuraError('ERR_PROCURA_INVALID_CONFIGURATION', message, cause === undefined ? {} : { cause })
}
