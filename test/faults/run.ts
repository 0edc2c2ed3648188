// npm run faults [-- SCENARIO … --rounds NUMBER --seed TEXT --json --list --help]: kills, starves and cuts off real
// processes, and exits with 1 when a promise was broken. Minutes; not part of npm test.
import '../helpers/run-from-source.mjs'

const { main } = await import('./main.ts')
await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
})
