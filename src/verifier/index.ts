export type { Clock, Fetch } from '../core/clock.ts'
export type { SetTimer } from '../core/timer.ts'
export { ProcuraError, type ProcuraErrorCode } from '../errors.ts'
export type { Lineage } from '../model/credential.ts'
export type { Grant } from '../model/grant.ts'
export type { PresentedRequest } from '../model/presented-request.ts'
export type { Signer } from '../model/signer.ts'
export { REFUSAL_CODES, type Refusal, type RefusalCode, type Verdict } from '../refusal.ts'
export type { ProtocolRequest } from '../securing/vc-jose/protocol-request.ts'
export type { FreshnessTier } from '../status/freshness.ts'
export type { AssurancePolicy } from './assurance.ts'
export type { AuthorityLimits, Blocked, BlockedSoftware, GrantLimit } from './authority-limits.ts'
export type { FoundObject, StatusConflict } from './conflict-log.ts'
export { createVerifier, type Verifier } from './create-verifier.ts'
export type { Explanation, RuleOutcome } from './explain.ts'
export type { PlaceState } from './place.ts'
export type {
  ChainStore,
  KeptChain,
  NonceUse,
  ReplayStore,
  StatusStore,
  UsageAnswer,
  UsageCharge,
  UsageStore,
} from './ports.ts'
export type { Ask } from './presentation.ts'
export type { VerifyReceiptOptions } from './receipt/receipt-options.ts'
export type {
  ReceiptFact,
  ReceiptPart,
  ReceiptRefusal,
  ReceiptVerdict,
  RefusedReceipt,
  VerifiedReceipt,
} from './receipt/verify-receipt.ts'
export { MemoryReplayStore } from './replay-store.ts'
export { RULES, type RuleName } from './rules.ts'
export type { SyncFailure } from './sync-failure.ts'
export type { SyncState } from './sync-state.ts'
export type { NamedTrust, TrustEntry } from './trust.ts'
export type {
  BundleVerdict,
  LinkSummary,
  PresentationRefusal,
  PresentationVerdict,
  RefusedPresentation,
  StatusSummary,
  UploadVerdict,
  VerifiedPresentation,
} from './verdict.ts'
export type { VerifierAlarm } from './verifier-alarm.ts'
export type { FreshnessPolicy, TrustOption, VerifierOptions } from './verifier-options.ts'
export type { PresentationOptions } from './verify-document.ts'
export { verifyReceipt } from './verify-receipt.ts'
export type { TokenOptions } from './verify-token.ts'
export type { Watch } from './watch.ts'
