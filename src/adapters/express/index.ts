export type { DelegatedOptions, RequireDelegationOptions } from './middleware.ts'
export { delegated, delegationOf, requireDelegation } from './middleware.ts'
