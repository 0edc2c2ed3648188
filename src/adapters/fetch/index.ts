export { endWithDelegation } from './end-with-delegation.ts'
export type { FetchAsk, FetchGateOptions } from './gate.ts'
export { requireDelegation } from './gate.ts'
