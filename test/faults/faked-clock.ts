import { globSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian and others put it. */
const PRELOADED = '/usr/{lib,lib64,local/lib}/**/faketime/libfaketimeMT.so.1'

/** The clock of processes that are started with its environment; time that passes is left as it is (libfaketime). */
export interface FakedClock {
  readonly env: Readonly<Record<string, string>>
  /** How far it stands ahead of the real one, in milliseconds. */
  readonly aheadMs: number
  jumpTo(aheadMs: number): void
}

export function fakeClock(folder: string): FakedClock {
  const [library] = globSync(PRELOADED)
  if (library === undefined) throw new Error('there is no libfaketime')
  const file = join(folder, 'clock')
  let aheadMs = 0
  const jumpTo = (ms: number) => {
    aheadMs = ms
    // Replaced whole: a process that reads it at this moment finds the one or the other.
    writeFileSync(`${file}.new`, `${ms < 0 ? '' : '+'}${ms / 1_000}\n`)
    renameSync(`${file}.new`, file)
  }
  jumpTo(0)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    get aheadMs() {
      return aheadMs
    },
    jumpTo,
  }
}
