import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier, type Verifier } from '../../src/verifier/create-verifier.ts'
import type { VerifierOptions } from '../../src/verifier/verifier-options.ts'
import { ManualTimers } from './manual-timers.ts'
import { mailGrant, type PresentOptions, World } from './world.ts'

/** A world with a service at an origin of its own, whose verifier's time passes when a test says so. */
export interface ServedWorld {
  readonly world: World
  readonly timers: ManualTimers
  readonly server: Server
  readonly origin: string
  readonly verifier: Verifier
  /** Owner → agent, for that origin. */
  readonly chain: readonly string[]
  /** Fields of a signed request without a body. */
  sign(target: string, options?: PresentOptions): Promise<Record<string, string>>
  /** A revocation of the agent is published, and the verifier looks. */
  revoke(): Promise<void>
  close(): void
}

export async function serveWorld(options: Partial<VerifierOptions> = {}): Promise<ServedWorld> {
  const world = await World.create()
  const timers = new ManualTimers(world)
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const verifier = createVerifier({
    audience: `${origin}/`,
    trust: [world.trust],
    freshness: { '*': 'sensitive' },
    fetch: world.site.fetch,
    clock: world.clock,
    timer: timers.set,
    ...options,
  })
  await verifier.sync()
  const chain = await chainAt(world, origin)
  return {
    world,
    timers,
    server,
    origin,
    verifier,
    chain,
    sign: async (target, present = {}) => {
      const request = await world.present(chain, { target, origin, ...present })
      const names = ['agent-delegation', 'signature-input', 'signature']
      return Object.fromEntries(names.map((name) => [name, request.header(name) ?? '']))
    },
    revoke: async () => {
      world.site.set('revocation', 2)
      await world.site.publish()
      await verifier.sync()
    },
    close: () => {
      verifier.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

async function chainAt(world: World, origin: string): Promise<readonly string[]> {
  const grant = mailGrant({ locations: [{ origin, path: '/' }] })
  const owner = world.ownerCredential()
  const subject = { ...owner.subject, authorizationDetails: [grant] }
  return Promise.all([
    world.sign({ ...owner, subject }, world.authority.signer),
    world.sign(world.agentCredential({ authorizationDetails: [grant] }), world.owner.signer),
  ])
}
