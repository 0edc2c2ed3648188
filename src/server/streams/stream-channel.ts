import { encodeUtf8 } from '../../core/bytes.ts'
import { ProcuraError } from '../../errors.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import { SET_MEDIA_TYPE } from '../contract/transmitters.ts'
import type { DeliveryChannel } from '../delivery/channel.ts'
import { signalsIssuer } from './issuer-of.ts'
import type { Names } from './security-events.ts'
import { signSet } from './sign-set.ts'
import { claimsOf, knownStream, RECEIVERS, type Stream } from './stream.ts'
import { streamDeliveries } from './stream-deliveries.ts'

/** Streams of Shared Signals: pushed as RFC 8935 has it, or left until they are polled. */
export function streamChannel(issuer: Issuer): DeliveryChannel {
  const { store, keys, origin } = issuer
  return {
    async deliveriesOf(entry, subscription) {
      const stream = knownStream(subscription)
      const deliveries = await streamDeliveries(entry, stream, namesIn(issuer, subscription.tenant))
      return deliveries.length > 0 && (await mayHear(issuer, stream)) ? deliveries : []
    },
    async requestOf(delivery, subscription) {
      const { tenant } = subscription
      const stream = knownStream(subscription)
      if (!(await mayHear(issuer, stream)))
        throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', 'the receiver has lost its role')
      const iss = signalsIssuer(origin, await store.tenants(), tenant)
      const token = await signSet(claimsOf(stream, delivery, iss), await keys.securityEvents(tenant))
      const { id, authorization } = stream
      return {
        headers: {
          'content-type': SET_MEDIA_TYPE,
          accept: 'application/json',
          ...(authorization !== undefined && {
            authorization: await keys.openStreamSecret(tenant, id, authorization),
          }),
        },
        body: encodeUtf8(token),
      }
    },
  }
}

/** Whoever has lost the role hears no more, also of what is noted already. */
async function mayHear({ store }: Issuer, { receiver, subscription }: Stream): Promise<boolean> {
  const principal = await store.principal(receiver)
  return principal?.tenant === subscription.tenant && RECEIVERS.some((role) => role === principal.role)
}

/** As they are called now: what was rotated since is known by its new name. */
function namesIn({ store }: Issuer, tenant: string): Names {
  return {
    owner: async (id) => (await store.owner(tenant, id))?.did,
    agent: async (id) => (await store.agent(tenant, id))?.did,
  }
}
