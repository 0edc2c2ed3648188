export { createOwner, type OwnerRequest, type OwnerWithCredential } from './create-owner.ts'
export { resume, suspend } from './holds.ts'
export {
  chainInForm,
  type DelegationRequest,
  type DelegationWithOwner,
  issueDelegation,
  type RenewalRequest,
  renewDelegation,
} from './issue-delegation.ts'
export type {
  CredentialPlan,
  IssuedCredential,
  RenewalPlan,
  SecuredForms,
  SignedCredential,
  StatusPosition,
} from './issued-credential.ts'
export type { Issuer } from './issuer.ts'
export type {
  DueKey,
  KeyRing,
  KeyRotation,
  KeyState,
  ListedKey,
  RotatableUse,
  StoredKey,
} from './key-store.ts'
export { type Linted, lint } from './lint.ts'
export type { IssuerRefusal, Outcome } from './outcome.ts'
export { ensureOwnerCredential } from './owner-credential.ts'
export type { DelegationParties } from './plan-delegation.ts'
export type {
  ConflictReason,
  Page,
  Paged,
  Store,
  WriteContext,
  WriteRefusal,
  Written,
} from './ports.ts'
export { type PublishOptions, type PublishOutcome, StatusPublication } from './publish-status.ts'
export type {
  ListContent,
  Publication,
  PublishedHead,
  PublishedList,
  PublishedMirror,
} from './published-status.ts'
export type {
  Agent,
  AuditEntry,
  CascadeReport,
  Hold,
  HoldTarget,
  Id,
  NewAgent,
  NewOwner,
  Owner,
  Principal,
  Rank,
  Role,
  Run,
  Tenant,
  WrappedKey,
} from './records.ts'
export { type RunRequest, registerRun } from './register-run.ts'
