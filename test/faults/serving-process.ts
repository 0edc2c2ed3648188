/*
 * The built issuer service in a process of its own, as `procura serve` runs it, with times that are short enough for a process
 * which lives for a second: it checkpoints, publishes and looks often. Started, starved and killed by the scenarios.
 */
import { startService } from 'procura/server'

const [dataDir = '', publishDirectory = ''] = process.argv.slice(2)
const service = await startService({
  dataDir,
  logLevel: 'error',
  handleSignals: true,
  publisher: { coalesceMs: 20, epochMs: 300, heartbeatSeconds: 1 },
  checkpointMs: 200,
  auditRetentionDays: 365,
  publish: { directory: publishDirectory },
  env: process.env,
})
process.stdout.write(`${service.url}\n`)
if ((await service.ended) !== undefined) process.exitCode = 70
