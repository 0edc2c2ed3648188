import { readFile } from 'node:fs/promises'
import type { Chance } from '../fuzz/random.ts'

/**
 * Calls that change what is on a disk: `pwrite64` and `fsync` are how the database writes; a file of the directory is made, `fchmod`ed,
 * written, synced and `rename`d.
 */
const CHANGING_CALLS = ['pwrite64', 'fsync', 'fchmod', 'rename'] as const

type ChangingCall = (typeof CHANGING_CALLS)[number]

/** A call of one process, as `strace -f -y` wrote it down. */
export interface Called {
  readonly call: ChangingCall
  /** How many calls of this kind its thread had made with this one: what `when=` of `strace` counts. */
  readonly nth: number
  /** The first path that it concerns. */
  readonly path: string
  /** Whether an error was put in its place. */
  readonly injected: boolean
}

const LINE = /^(\d+) +(\w+)\((?:\d+<([^>]*)>|"([^"]*)")/

/** Reads the log of `strace`; what is no changing call, or was cut off, is left out. */
export async function readCalls(log: string): Promise<readonly Called[]> {
  const counts = new Map<string, number>()
  const called: Called[] = []
  for (const line of (await readFile(log, 'utf8')).split('\n')) {
    const [, thread = '', name = '', descriptor, text] = LINE.exec(line) ?? []
    const call = CHANGING_CALLS.find((known) => known === name)
    if (call === undefined) continue
    const key = `${thread} ${call}`
    const nth = (counts.get(key) ?? 0) + 1
    counts.set(key, nth)
    called.push({ call, nth, path: descriptor ?? text ?? '', injected: line.includes('(INJECTED)') })
  }
  return called
}

/** Where a call was. */
const CALL_PLACES = ['database', 'directory'] as const
type CallPlace = (typeof CALL_PLACES)[number]

export interface PlacedCall extends Called {
  readonly place: CallPlace
}

/** Of the database and of what is published, what the calls of its own concern: `fsync` is the database's, whose threads are the busier ones. */
export function placedCalls(
  calls: readonly Called[],
  places: { readonly database: string; readonly publishDirectory: string },
): readonly PlacedCall[] {
  return calls.flatMap((called): readonly PlacedCall[] => {
    const { call, path } = called
    const isOfDatabase = path.startsWith(places.database) && !path.endsWith('-shm')
    if (isOfDatabase && (call === 'pwrite64' || call === 'fsync')) return [{ ...called, place: 'database' }]
    const isOfDirectory = path.startsWith(places.publishDirectory)
    return isOfDirectory && call !== 'fsync' ? [{ ...called, place: 'directory' }] : []
  })
}

/**
 * The beginning of a command line that runs a program under `strace`. One thread does all that is asked of the file system, so that the
 * calls of a kind come in one order.
 *
 * @param inject As `strace -e inject=` wants it. Default: it only looks on.
 */
export function underStrace(log: string, inject?: string): readonly string[] {
  const injected = inject === undefined ? [] : ['-e', `inject=${inject}`]
  const options = ['-f', '-qq', '-y', '-s', '0', '-o', log, '-e', `trace=${CHANGING_CALLS.join(',')}`]
  return ['env', 'UV_THREADPOOL_SIZE=1', 'strace', ...options, ...injected]
}

/** As many calls as there are rounds, half of them of each place. */
export function spreadOverPlaces(
  calls: readonly PlacedCall[],
  { rounds, random }: { readonly rounds: number; readonly random: Chance },
): readonly PlacedCall[] {
  return CALL_PLACES.flatMap((place) =>
    spread(
      calls.filter((call) => call.place === place),
      Math.ceil(rounds / 2),
      random,
    ),
  )
}

/** Evenly over all, from a place that chance decides on; all of them when there are no more than wanted. */
export function spread<T>(all: readonly T[], wanted: number, random: Chance): readonly T[] {
  if (all.length <= wanted) return all
  const step = all.length / wanted
  const from = random.below(Math.ceil(step))
  return all
    .filter((_, i) => Math.floor((i + from) / step) !== Math.floor((i + from - 1) / step))
    .slice(0, wanted)
}
