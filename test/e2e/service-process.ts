/*
 * A process that runs the issuer service on the data directory of its first argument until it is ended. Started, and
 * killed, by kill-service.test.ts.
 */
import { startService } from '../../src/server/start-service.ts'

const service = await startService({
  dataDir: process.argv[2] ?? '',
  logLevel: 'error',
  handleSignals: true,
  publisher: { coalesceMs: 20 },
})
process.stdout.write(`${service.url}\n`)
