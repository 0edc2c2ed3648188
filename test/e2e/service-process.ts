/*
 * A process that runs the issuer service until it is ended: on the data directory of its first argument, or on the
 * database of its second one, beside others and on any port, publishing into the directory of its environment. Started, and killed, by tests.
 */
import { startService } from '../../src/server/start-service.ts'

const [dataDir = '', database = ''] = process.argv.slice(2)
const directory = process.env.PROCURA_PUBLISH_DIRECTORY
const isShared = database !== ''
const deliveryHosts = process.env.PROCURA_DELIVERY_HOSTS?.split(',')
const service = await startService({
  dataDir,
  logLevel: 'error',
  handleSignals: true,
  ...(directory !== undefined && { publish: { directory } }),
  publisher: { coalesceMs: 20, ...(isShared && { heartbeatSeconds: 2, epochMs: 500 }) },
  env: process.env,
  ...(deliveryHosts !== undefined && { deliveryHosts }),
  ...(isShared && { database, port: 0 }),
})
process.stdout.write(`${service.url}\n`)
