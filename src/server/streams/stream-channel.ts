import { encodeUtf8 } from '../../core/bytes.ts'
import { ProcuraError } from '../../errors.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Store } from '../../issuer/ports.ts'
import type { PrincipalId } from '../../issuer/principal-id.ts'
import type { AuditEntry, Id } from '../../issuer/records.ts'
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
  const readings = new WeakMap<AuditEntry, Reading>()
  const readingFor = (entry: AuditEntry, tenant: string): Reading => {
    const known = readings.get(entry) ?? readingOf(issuer, tenant)
    readings.set(entry, known)
    return known
  }
  return {
    async deliveriesOf(entry, subscription) {
      const stream = knownStream(subscription)
      const reading = readingFor(entry, subscription.tenant)
      const deliveries = await streamDeliveries(entry, stream, reading)
      return deliveries.length > 0 && (await mayHear(reading, stream)) ? deliveries : []
    },
    async requestOf(delivery, subscription) {
      const { tenant } = subscription
      const stream = knownStream(subscription)
      if (!(await mayHear(store, stream)))
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
async function mayHear(
  store: Pick<Store, 'principal'>,
  { receiver, subscription }: Stream,
): Promise<boolean> {
  const principal = await store.principal(receiver)
  return principal?.tenant === subscription.tenant && RECEIVERS.some((role) => role === principal.role)
}

/** What has been read for an entry: the same for all streams that are told of it. */
interface Reading extends Names, Pick<Store, 'principal'> {}

/** As they are called now: what was rotated since is known by its new name. */
function readingOf({ store }: Issuer, tenant: string): Reading {
  return {
    owner: once(async (id: Id) => (await store.owner(tenant, id))?.did),
    agent: once(async (id: Id) => (await store.agent(tenant, id))?.did),
    principal: once((id: PrincipalId) => store.principal(id)),
  }
}

function once<K, V>(read: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const known = new Map<K, Promise<V>>()
  return (key) => {
    const value = known.get(key) ?? read(key)
    known.set(key, value)
    return value
  }
}
