/**
 * The runtime-neutral part of Procura: what a service provider verifies with and what an agent presents with.
 * The narrower entries are `procura/verifier` and `procura/agent`.
 */
export { describeRefusal } from './describe-refusal.ts'
export {
  type Agent,
  type AgentOptions,
  type CreateAgent,
  createAgent,
  type DelegatedChain,
  type DelegateOptions,
  type Run,
  type RunOptions,
} from './holder/index.ts'
export {
  type Ask,
  createVerifier,
  type PresentationVerdict,
  type PresentedRequest,
  ProcuraError,
  type ProcuraErrorCode,
  REFUSAL_CODES,
  type Refusal,
  type RefusalCode,
  type TrustEntry,
  type Verifier,
  type VerifierOptions,
} from './verifier/index.ts'
