import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ProcuraError } from '../errors.ts'
import { systemCodeOf } from './system-code.ts'

/** Locks of this process: its own pid in a file says nothing about whether it still works there. */
const held = new Set<string>()

/**
 * Takes a lock file, so that one process at a time works on what it guards, such as a data directory. A file left by a process that is gone,
 * killed or from before a restart of the machine, is taken over.
 *
 * @param guarded What an error says is in use.
 * @returns Gives the lock back.
 * @throws {ProcuraError} `ERR_PROCURA_INVALID_CONFIGURATION` when a living process holds it.
 */
export function acquireLock(path: string, guarded = 'the data directory'): () => void {
  const file = resolve(path)
  if (held.has(file)) throw inUse(guarded, process.pid)
  const own = `${process.pid} ${startOf(process.pid)}\n`
  if (!create(file, own)) takeOver(file, own, guarded)
  held.add(file)
  return () => {
    if (held.delete(file) && read(file) === own) unlinkSync(file)
  }
}

/** Creates the file with its content in one step: nobody ever sees it empty. */
function create(file: string, content: string): boolean {
  const temporary = `${file}.${randomUUID()}`
  writeFileSync(temporary, content, { mode: 0o600 })
  try {
    linkSync(temporary, file)
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(temporary)
  }
}

function takeOver(file: string, own: string, guarded: string): void {
  const found = read(file) ?? ''
  const [pid = 0] = found.split(' ').map(Number)
  if (isAlive(found)) throw inUse(guarded, pid)
  const stale = `${file}.${randomUUID()}`
  rename(file, stale)
  const taken = read(stale) ?? ''
  if (taken !== '') unlinkSync(stale)
  // Someone else was quicker: what was just moved away is then the lock of a living process.
  if (taken !== '' && taken !== found) create(file, taken)
  if (!create(file, own)) throw inUse(guarded, Number((read(file) ?? '').split(' ')[0]))
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  }
}

/** Whether the process that wrote the lock is still the one with that number. */
function isAlive(content: string): boolean {
  const [pid = 0] = content.split(' ').map(Number)
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return systemCodeOf(error) === 'EPERM'
  }
  return content === `${pid} ${startOf(pid)}\n` && pid !== process.pid
}

/** When a process began, as the kernel counts; numbers are used again, above all in containers. Linux only. */
function startOf(pid: number): string {
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  const fields = read(`/proc/${pid}/stat`)?.split(') ')[1]?.split(' ')
  return `${boot}/${fields?.[19] ?? ''}`
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function inUse(guarded: string, pid: number): ProcuraError {
  return new ProcuraError(
    'ERR_PROCURA_INVALID_CONFIGURATION',
    `${guarded} is in use by process ${pid}; stop it first`,
  )
}
