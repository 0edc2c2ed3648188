import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../helpers/bundle.ts'
import { median } from '../cost.ts'
import type { Progress } from '../measure.ts'
import { type Row, rowOf } from '../rows.ts'

const KIB = 1024
const STARTS = 15

/** What embedding the verifier costs before it is asked for anything. */
export async function* sizeRows(progress: Progress): AsyncGenerator<Row> {
  progress('a bundle for a browser')
  const { bytes, gzipBytes } = await bundle('src/verifier/index.ts')
  yield rowOf('bundle.min_kib', bytes / KIB, 'KiB', { atMost: 40 })
  yield rowOf('bundle.gz_kib', gzipBytes / KIB, 'KiB', { atMost: 13 })
  progress('starting processes')
  yield rowOf('import_ms_over_bare', importMs(), 'ms', { atMost: 15 })
}

/** Wall time of a process that imports the built verifier and ends, over that of one that imports nothing; medians. */
function importMs(): number {
  const directory = mkdtempSync(join(tmpdir(), 'procura-bench-'))
  const bare = join(directory, 'bare.mjs')
  writeFileSync(bare, '')
  const built = fileURLToPath(new URL('../../../dist/verifier/index.js', import.meta.url))
  try {
    const pairs = Array.from({ length: STARTS }, () => [startMs(bare), startMs(built)] as const)
    return median(pairs.map(([, ms]) => ms)) - median(pairs.map(([ms]) => ms))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function startMs(module: string): number {
  const start = performance.now()
  const { status } = spawnSync(process.execPath, [module], { stdio: 'ignore' })
  if (status !== 0) throw new Error('the built verifier cannot be imported')
  return performance.now() - start
}
