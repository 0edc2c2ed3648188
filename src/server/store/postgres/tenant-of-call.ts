import { ProcuraError } from '../../../errors.ts'
import { ALL_TENANTS } from './connection.ts'

/** Methods that are about all tenants, or must find out about which. */
const OF_ALL = new Set([
  'origin',
  'chooseOrigin',
  'tenants',
  'principal',
  'consumeNonce',
  'dueKeys',
  'tenantsWithDeliveries',
  'recoveries',
  'restorations',
  'prune',
])

/** Methods whose first argument is a row with its tenant's name. */
const TENANT_IN: ReadonlyMap<string, string> = new Map([
  ['createTenant', 'id'],
  ['saveKey', 'tenant'],
  ['tellRecovery', 'tenant'],
])

/** For which tenant a method of the store is called: as its first argument says, or the context of a write. */
export function tenantOfCall(name: string, args: readonly unknown[]): string {
  if (OF_ALL.has(name)) return ALL_TENANTS
  const [first] = args
  const tenant =
    memberOf(memberOf(args.at(-1), 'principal'), 'tenant') ?? memberOf(first, TENANT_IN.get(name)) ?? first
  if (typeof tenant === 'string' && tenant !== ALL_TENANTS) return tenant
  throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', `${name} does not say for which tenant`)
}

function memberOf(value: unknown, name: string | undefined): unknown {
  return typeof value === 'object' && value !== null && name !== undefined
    ? Reflect.get(value, name)
    : undefined
}
