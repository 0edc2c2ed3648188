/** Where a server listens when the URL does not say. */
const DEFAULT_PORT = '5432'

/**
 * Which database a URL names, as people are told: `db.example:5432/procura`. Without user, password and settings.
 *
 * @param url One that `assertDatabaseUrl` takes.
 */
export function databaseName(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? (hostname === '' ? 'localhost' : hostname)
  return `${host}:${port === '' ? DEFAULT_PORT : port}${pathname === '/' ? '' : pathname}`
}
