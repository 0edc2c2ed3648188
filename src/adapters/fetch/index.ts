export type { FetchAsk, FetchGateOptions } from './gate.ts'
export { requireDelegation } from './gate.ts'
