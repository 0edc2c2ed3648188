// The service in a process of its own, for what is asked over HTTP: node service-process.ts DATA_DIRECTORY PORT. Its parent is told when it
// listens and when a revocation is committed, and may ask how long its event loop was kept waiting.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Store } from '../../../src/issuer/ports.ts'
import { createHandler } from '../../../src/server/http/create-handler.ts'
import { createExpressApp } from '../../../src/server/http/express-app.ts'
import { createHttpServer, listen } from '../../../src/server/http/http-server.ts'
import { JSON_TYPE } from '../../../src/server/http/operation.ts'
import type { SignedRoute } from '../../../src/server/http/route.ts'
import { WriteLimiter } from '../../../src/server/http/write-limiter.ts'
import { createLogger } from '../../../src/server/logger.ts'
import { HeadEvents } from '../../../src/server/publication/head-events.ts'
import { Publisher } from '../../../src/server/publisher.ts'
import { ROUTES } from '../../../src/server/routes/index.ts'
import { SignalReceiver } from '../../../src/server/signals/signal-receiver.ts'
import { openIssuer } from './issuer.ts'
import type { FromService, ToService } from './service.ts'

/** Says hello to an administrator: the same connection, limits, signature, nonce and roles as before any other answer. */
const HELLO: SignedRoute = {
  method: 'POST',
  path: '/v1/hello',
  access: ['admin'],
  operation: { id: 'hello', summary: 'Says hello', answers: { [JSON_TYPE]: undefined as never } },
  handle: async () => Response.json({ hello: 'world' }, { status: 201 }),
}

/** One client is all clients here: no limit is what is measured. */
const UNLIMITED = 1e9

const [, , dataDir = '', port = '0'] = process.argv
const opened = await openIssuer({ dataDir })
const issuer = { ...opened.issuer, store: telling(opened.issuer.store) }
const log = createLogger('silent')
const publisher = new Publisher(issuer, log)
await publisher.start()
const headEvents = new HeadEvents(issuer.store)
const writes = new WriteLimiter({ perPrincipal: UNLIMITED, perTenant: UNLIMITED }, issuer.clock)
const signals = new SignalReceiver(issuer, log)
const deliveryHosts = new Set<string>()
const handler = createHandler({ issuer, log, publisher, headEvents, writes, signals, deliveryHosts }, [
  HELLO,
  ...ROUTES,
])
const limits = { requestsPerMinute: UNLIMITED, unsignedPerMinute: UNLIMITED }
const server = createHttpServer(
  createExpressApp(handler, { origin: issuer.origin, trustedProxies: 0, ...limits }),
)
await listen(server, '127.0.0.1', Number(port))
const delay = monitorEventLoopDelay({ resolution: 1 })
process.on('message', (message: ToService) => void answer(message))
tell({ kind: 'listening' })

async function answer(message: ToService): Promise<void> {
  if (message === 'watch') {
    delay.reset()
    delay.enable()
    tell({ kind: 'watching' })
  } else if (message === 'longest delay') {
    delay.disable()
    tell({ kind: 'delay', ms: delay.max / 1e6 })
  } else {
    server.closeAllConnections()
    server.close()
    await publisher.close()
    await opened.close()
    process.disconnect()
  }
}

/** Tells when what was ended is committed, as soon as this process knows it. */
function telling(store: Store): Store {
  const after = <T>(write: Promise<T>): Promise<T> =>
    write.then((written) => {
      tell({ kind: 'committed', at: String(process.hrtime.bigint()) })
      return written
    })
  return {
    ...store,
    revokeDelegation: (...args) => after(store.revokeDelegation(...args)),
    offboardOwner: (...args) => after(store.offboardOwner(...args)),
  }
}

function tell(message: FromService): void {
  process.send?.(message)
}
