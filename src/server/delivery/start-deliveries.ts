import { guardedFetch } from '#guarded-fetch'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Logger } from '../logger.ts'
import { streamChannel } from '../streams/stream-channel.ts'
import { DeliveryEngine, type DeliveryParts } from './delivery-engine.ts'
import { webhookChannel } from './webhook-channel.ts'

/** Begins to tell others of events. @returns Ends it. */
export function startDeliveries(
  issuer: Issuer,
  log: Logger,
  { hosts, clockJump }: Pick<DeliveryParts, 'hosts' | 'clockJump'>,
): () => Promise<void> {
  const fetch = guardedFetch((host) => hosts.has(host))
  const channels = { webhook: webhookChannel(issuer), stream: streamChannel(issuer) }
  const engine = new DeliveryEngine({ issuer, log, fetch, hosts, channels, ...(clockJump && { clockJump }) })
  engine.start()
  return () => engine.close()
}
