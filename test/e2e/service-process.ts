/*
 * A process that runs the issuer service until it is ended: on the data directory of its first argument, or on the
 * database of its second one, beside others and on any port. Started, and killed, by tests.
 */
import { startService } from '../../src/server/start-service.ts'

const [dataDir = '', database = ''] = process.argv.slice(2)
const isShared = database !== ''
const service = await startService({
  dataDir,
  logLevel: 'error',
  handleSignals: true,
  publisher: { coalesceMs: 20, ...(isShared && { heartbeatSeconds: 2, epochMs: 500 }) },
  ...(isShared && { database, port: 0, env: process.env }),
})
process.stdout.write(`${service.url}\n`)
