import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Sample } from './slope.ts'
import { runSoak } from './soak.ts'

/*
 * npm run soak [-- VERIFICATIONS]: verifies for a long time while lists change and keys rotate, and tells whether memory
 * grows. Exit code 1 when it does, or when an answer was wrong.
 */

/** Most bytes that 100,000 verifications more may take. */
const MOST_GROWTH = 1_000_000
const MIB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const [text = '1000000'] = process.argv.slice(2)
const verifications = Number(text)
if (!Number.isInteger(verifications) || verifications < 1000) {
  process.stderr.write('usage: npm run soak [-- VERIFICATIONS], 1000 at least\n')
  process.exit(2)
}

const started = performance.now()
const scale = Math.min(1, verifications / 1_000_000)
const report = await runSoak({
  verifications,
  swaps: Math.ceil(500 * scale),
  rotations: Math.ceil(200 * scale),
  warmUp: 8000,
  agents: 256,
  samples: 100,
  measure,
  onSample,
})
const seconds = Math.round((performance.now() - started) / 1000)
for (const line of report.wrong) process.stdout.write(`wrong: ${line}\n`)
process.stdout.write(
  `${report.verifications} verifications (${report.accepted} accepted, ${report.refused} refused), ${report.swaps} list swaps, ` +
    `${report.rotations} key rotations, ${report.fetches} requests to hosts in ${seconds} s: ` +
    `${(report.growth / MIB).toFixed(3)} MiB more per 100,000 verifications, ${report.wrong.length} wrong answers\n`,
)
process.exitCode = report.wrong.length === 0 && report.growth < MOST_GROWTH ? 0 : 1

/** Twice, because what the first collection finalizes the second one frees. */
function measure(): number {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function onSample({ verifications: done, bytes }: Sample): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(`\r${done} of ${verifications} verifications, ${(bytes / MIB).toFixed(1)} MiB   `)
  if (done >= verifications * 0.99) process.stderr.write('\n')
}
