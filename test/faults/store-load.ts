import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Database } from '../../src/server/store/sql/database.ts'
import { openReader } from '../../src/server/store/sqlite/database.ts'

const PROCESS = fileURLToPath(new URL('./store-process.ts', import.meta.url))

/** A line of store-process.ts: what was acknowledged, or how it went. */
export interface Line {
  readonly what: string
  readonly id?: string
  readonly code?: string
  readonly state?: string
  readonly position?: { readonly list: number; readonly index: number }
  readonly lease?: readonly number[]
  readonly ownerId?: string
  readonly pid?: number
}

export interface Load {
  readonly process: ChildProcess
  readonly lines: readonly Line[]
  readonly errors: () => string
  /** Settles when the process and its output have ended. */
  readonly ended: Promise<void>
  /** Ends the process itself, not only the program under which it runs. */
  kill(): void
  /** Waits for a line; rejects when the process ends before. */
  until(test: (line: Line) => boolean): Promise<void>
}

/**
 * Starts store-process.ts on a file.
 *
 * @param under Program and arguments under which it runs: `prlimit`, `strace`.
 */
export function startLoad(
  file: string,
  { under = [], args = [] }: { readonly under?: readonly string[]; readonly args?: readonly string[] } = {},
): Load {
  const [program = process.execPath, ...rest] = [...under, process.execPath, PROCESS, file, ...args]
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (text) => {
    const line = parse(text)
    if (line !== undefined) lines.push(line)
    for (const look of waiting) look()
  })
  let hasEnded = false
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      hasEnded = true
      for (const look of waiting) look()
      resolve()
    })
  })
  function until(test: (line: Line) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (lines.some(test)) resolve()
        else if (hasEnded) reject(new Error(`the process ended: ${errors.slice(-2_000)}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  }
  function kill(): void {
    const own = lines.find(({ what }) => what === 'ready')?.pid
    if (own !== undefined && !hasEnded) process.kill(own, 'SIGKILL')
    child.kill('SIGKILL')
  }
  return { process: child, kill, lines, errors: () => errors, ended, until }
}

/** A killed process may leave half a line: that change was not acknowledged. */
function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

/** How each acknowledged change must be found again: in which table, in which state at least. */
const FOUND: Readonly<Record<string, readonly [sql: string, states: readonly string[]]>> = {
  owner: ['SELECT state FROM owners WHERE owner_id = ?', ['active', 'offboarded']],
  offboard: ['SELECT state FROM owners WHERE owner_id = ?', ['offboarded']],
  agent: ['SELECT state FROM agents WHERE agent_id = ?', ['active', 'revoked']],
  'agent-end': ['SELECT state FROM agents WHERE agent_id = ?', ['revoked']],
  plan: ['SELECT state, idx FROM credentials WHERE id = ?', ['planned', 'active', 'revoked']],
  credential: ['SELECT state, idx FROM credentials WHERE id = ?', ['active', 'revoked']],
  revoke: ['SELECT state, idx FROM credentials WHERE id = ?', ['revoked']],
  run: ['SELECT state, idx FROM runs WHERE id = ?', ['active', 'completed', 'revoked']],
  complete: ['SELECT state, idx FROM runs WHERE id = ?', ['completed']],
  end: ['SELECT state, idx FROM runs WHERE id = ?', ['revoked']],
  key: ["SELECT 'there' AS state FROM keys WHERE key_id = ?", ['there']],
  'agent-key': ["SELECT 'there' AS state FROM identities WHERE did = ?", ['there']],
}

/** What was acknowledged and is not in the file (INV2, INV3). Bits are compared with rows by `inconsistencies`. */
export async function lost(file: string, lines: readonly Line[]): Promise<Line[]> {
  const db = openReader(file)
  try {
    const gone: Line[] = []
    for (const line of lines) if (await isLost(db, line)) gone.push(line)
    return gone
  } finally {
    db.close()
  }
}

async function isLost(db: Database, line: Line): Promise<boolean> {
  if (line.what === 'lease') return !(await hasBit(db, line))
  const [sql, states] = FOUND[line.what] ?? []
  if (sql === undefined) return false
  const row = await db.get(sql, line.what === 'offboard' ? (line.ownerId ?? '') : (line.id ?? ''))
  const isThere = states?.includes(String(row?.state)) === true
  return !isThere || (line.position !== undefined && row?.idx !== line.position.index)
}

async function hasBit(db: Database, { position }: Line): Promise<boolean> {
  const { list, index } = position ?? { list: 0, index: 0 }
  const sql = "SELECT bits FROM list_bits WHERE list = ? AND purpose = 'revocation' AND chunk = ?"
  const bits = (await db.get(sql, list, Math.floor(index / 8_192)))?.bits
  return bits instanceof Uint8Array && ((bits[(index >> 3) % 1_024] ?? 0) & (0x80 >> (index & 7))) !== 0
}

/** How many changes were acknowledged. */
export function acknowledged(lines: readonly Line[]): number {
  return lines.filter(({ what }) => what !== 'failure' && what !== 'ready').length
}
