import { createUuid } from '../core/uuid.ts'
import type { Issuer } from './issuer.ts'
import type { WriteContext } from './ports.ts'
import type { Tenant } from './records.ts'

/**
 * In whose name the service does what is due and nobody asked for now, such as ending an old key: the audit trail names the
 * authority, with the role `service`.
 */
export function serviceContext(
  { clock, random }: Pick<Issuer, 'clock' | 'random'>,
  { id, authority }: Tenant,
): WriteContext {
  return {
    principal: { tenant: id, did: authority, role: 'service' },
    at: clock(),
    requestId: createUuid(random),
  }
}
