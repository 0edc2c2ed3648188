import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { accessSync, chownSync, constants, readdirSync, readFileSync } from 'node:fs'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)

/** Where Debian and others put the server; the client's programs alone are not enough. */
const FOLDERS = ['/usr/lib/postgresql', '/usr/local', '/usr']

/** The role that the service works as: it may make what it needs, and no row-level rule is lifted for it. */
export const ROLE = 'procura'

export interface PostgresOptions {
  /** Settings of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Another network than that of this machine, which only root may enter. */
  readonly network?: ServerNetwork
}

export interface ServerNetwork {
  /** As `nsenter --net=` wants it. */
  readonly file: string
  /** Of the server in it. */
  readonly address: string
}

/** What a crash of the machine would lose is not asked of it: it does not wait for the disk. */
export const UNSYNCED = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '4GB',
} as const

export interface PostgresServer {
  readonly port: number
  /** Of the administrator, to look past the store. */
  urlOf(database: string, role?: string): string
  /** Makes an empty database that belongs to {@link ROLE}. */
  createDatabase(name: string, template?: string): Promise<string>
  dropDatabase(name: string): Promise<void>
  /** Ends the server as a crash would, and starts it again. */
  restart(mode: 'immediate' | 'fast'): Promise<void>
  stop(): Promise<void>
}

/** The folder with `initdb` and `postgres`; `undefined` where there is no server. */
export function postgresPrograms(): string | undefined {
  return candidates().find((folder) => ['initdb', 'postgres'].every((name) => isProgram(join(folder, name))))
}

function candidates(): string[] {
  return FOLDERS.flatMap((folder) => [join(folder, 'bin'), ...versionsIn(folder)])
}

function versionsIn(folder: string): string[] {
  try {
    const versions = readdirSync(folder).filter((name) => /^\d+$/.test(name))
    return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(folder, version, 'bin'))
  } catch {
    return []
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Starts a server of its own, by default on a free port of the loopback interface, with its data in a temporary folder. */
export async function startPostgres({
  settings = {},
  network,
}: PostgresOptions = {}): Promise<PostgresServer> {
  const programs = postgresPrograms()
  if (programs === undefined) throw new Error('there is no PostgreSQL server on this machine')
  const folder = await mkdtemp(join(tmpdir(), 'procura-postgres-'))
  const identity = unprivileged()
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid ?? identity.uid)
  const data = join(folder, 'data')
  const initialize = [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]
  await run(join(programs, 'initdb'), initialize, { cwd: folder, ...identity })
  await appendFile(join(data, 'pg_hba.conf'), 'host all all samenet trust\n')
  const port = await freePort()
  const address = network?.address ?? '127.0.0.1'
  const words = Object.entries({
    port: String(port),
    listen_addresses: address,
    unix_socket_directories: folder,
    max_connections: '400',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [join(programs, 'postgres'), '-D', data, ...words]
  const start = () => spawnAs(identity, command, { folder, network })
  let server = start()
  const urlOf = (database: string, role = 'postgres') => `postgres://${role}@${address}:${port}/${database}`
  const administer = (sql: string) => query(urlOf('postgres'), sql)
  await ready(urlOf('postgres'))
  await administer(`CREATE ROLE ${ROLE} LOGIN NOSUPERUSER NOBYPASSRLS`)
  return {
    port,
    urlOf,
    async createDatabase(name, template) {
      const from = template === undefined ? '' : ` TEMPLATE ${template}`
      await administer(`CREATE DATABASE ${name} OWNER ${ROLE}${from}`)
      return urlOf(name, ROLE)
    },
    dropDatabase: (name) => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
    async restart(mode) {
      await end(server, mode === 'immediate' ? 'SIGQUIT' : 'SIGINT')
      server = start()
      await ready(urlOf('postgres'))
    },
    async stop() {
      await end(server, 'SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Identity {
  readonly uid?: number
  readonly gid?: number
}

/** Into another network goes who is root still, and becomes the other there. */
function spawnAs(
  identity: Identity,
  command: readonly string[],
  { folder, network }: { readonly folder: string; readonly network: ServerNetwork | undefined },
): ChildProcess {
  const { uid, gid } = identity
  const entering =
    network === undefined ? [] : ['nsenter', `--net=${network.file}`, `--setuid=${uid}`, `--setgid=${gid}`]
  const [program = '', ...words] = [...entering, ...command]
  return spawn(program, words, {
    cwd: folder,
    stdio: 'ignore',
    ...(network === undefined && identity),
  })
}

/** The server refuses to run as root. */
function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {}
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres:', 'nobody:'].map((name) => lines.find((entry) => entry.startsWith(name)))
  const [, , uid, gid] = (line.find((entry) => entry !== undefined) ?? '').split(':')
  return uid === undefined ? {} : { uid: Number(uid), gid: Number(gid) }
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await ended
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await query(url, 'SELECT 1')
    } catch (error) {
      if (tries > 300) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
