// npm run fuzz [-- --seed TEXT] [--cases NUMBER] [--target NAME]: shows parsers and the whole verifier what hostile
// senders would send. Prints its seed; the same seed makes the same cases. Exits with 1 when an invariant is broken.
import { registerHooks } from 'node:module'
import { parseArgs } from 'node:util'
import '../helpers/run-from-source.mjs'

const USAGE = 'npm run fuzz [-- --seed TEXT] [--cases NUMBER] [--target NAME]'
const DEFAULT_CASES = 100_000

const counted = new URL('counted-crypto.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '#crypto' ? next(counted, context) : next(specifier, context),
})

const { values } = parseArgs({
  options: { seed: { type: 'string' }, cases: { type: 'string' }, target: { type: 'string' } },
})
const seed = values.seed ?? String(Date.now())
const cases = Number(values.cases ?? DEFAULT_CASES)
const { TARGETS, casesOf, fuzzTarget } = await import('./fuzz.ts')
const targets = values.target === undefined ? TARGETS : TARGETS.filter(({ name }) => name === values.target)
if (targets.length === 0 || !Number.isSafeInteger(cases) || cases < 1) {
  console.error(`${USAGE}\ntargets: ${TARGETS.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

console.log(`seed ${seed}`)
let tried = 0
for (const target of targets) {
  const tally = await fuzzTarget(target, seed, casesOf(target, cases, targets))
  tried += tally.cases
  const outcomes = Object.entries(tally.outcomes).sort(([, a], [, b]) => b - a)
  console.log(
    `${target.name}: ${tally.cases} cases; ${outcomes.map(([name, count]) => `${name} ${count}`).join(', ')}`,
  )
  if (tally.failure === undefined) continue
  process.exitCode = 1
  console.log(
    `  FAILED at case ${tally.failure.number}: ${tally.failure.why}\n  input: ${JSON.stringify(tally.failure.input)}`,
  )
}
console.log(`${tried} cases`)
