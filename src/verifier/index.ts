export { ProcuraError, type ProcuraErrorCode } from '../errors.ts'
export { REFUSAL_CODES, type Refusal, type RefusalCode, type Refused, type Verdict } from '../refusal.ts'
