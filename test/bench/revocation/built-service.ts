// The built service, as it is run, in a process of its own: node built-service.ts DATA_DIRECTORY PORT. A proxy in front would tell it the
// addresses of those who come through it.
import { startService } from '../../../dist/server/index.js'

const [, , dataDir = '', port = '0'] = process.argv
const service = await startService({ dataDir, port: Number(port), logLevel: 'silent', trustedProxies: 1 })
process.on('message', () => void close())
process.send?.({ kind: 'listening' })

async function close(): Promise<void> {
  await service.close()
  process.disconnect()
}
