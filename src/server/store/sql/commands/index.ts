import type { Commands } from '../calls.ts'
import { findLeaseHolder } from '../queries.ts'
import { updateAgent } from './agents.ts'
import { announceRemoval, removeAuditTexts } from './audit-removal.ts'
import { growAuditTree, recordCheckpoint } from './audit-tree.ts'
import { catchUp, confirmRestored } from './catch-up.ts'
import { addDelivery, giveUpDeliveries, noteEvents, redeliver, settleDeliveries } from './deliveries.ts'
import { addEmergency, recordEmergency } from './emergency.ts'
import { createEnrolment, redeemEnrolment, withdrawEnrolment } from './enrolments.ts'
import { liftHolds, placeHold } from './holds.ts'
import { planCredential, reserveForPlan } from './issuing.ts'
import { rewrapKey, saveKey } from './keys.ts'
import { offboardOwner } from './offboarding.ts'
import { updateOwner } from './owner-update.ts'
import { rotateAgentKey, rotateOwnerKey, schedulePartyKeys } from './party-keys.ts'
import { leavePublication, prune, recordPublication } from './publication.ts'
import { recordCredential } from './recording.ts'
import { recoverAdmin, tellRecovery } from './recovery.ts'
import { createAgent, createOwner } from './registry.ts'
import { planRenewal, reserveForRenewal } from './renewal.ts'
import { recordRetirement, signOffRetirement } from './retirement.ts'
import { revokeAgent, revokeDelegation, revokeLease } from './revocation.ts'
import { completeRun, registerRun, revokeRun } from './runs.ts'
import { advanceKeys, revokeKey, rotateKey, scheduleKey } from './service-keys.ts'
import { addTransmitter, receiveSignal, removeTransmitter } from './signals.ts'
import { changeSubscription, createSubscription, deleteSubscription } from './subscriptions.ts'
import { endDue } from './succession.ts'
import { addPrincipal, chooseOrigin, consumeNonce, createTenant, removePrincipal, unlock } from './tenants.ts'
import { transferAgent } from './transfer.ts'

/** Every write, by the name of the `Store` method. Each runs alone in a savepoint and throws to be undone. */
export const COMMANDS: Commands = {
  chooseOrigin,
  createTenant,
  addPrincipal,
  removePrincipal,
  recoverAdmin,
  tellRecovery,
  consumeNonce,
  unlock,
  saveKey,
  rotateKey,
  revokeKey,
  scheduleKey,
  schedulePartyKeys,
  rewrapKey,
  advanceKeys,
  createOwner,
  createAgent,
  createEnrolment,
  redeemEnrolment,
  withdrawEnrolment,
  updateAgent,
  transferAgent,
  recordRetirement,
  signOffRetirement,
  planCredential,
  recordCredential,
  planRenewal,
  registerRun,
  completeRun,
  revokeDelegation,
  revokeAgent,
  revokeRun,
  revokeLease: (session, position, reason, by, context) =>
    revokeLease(session, position, { reason, ...by }, context),
  placeHold: (session, target, rank, reason, context) =>
    placeHold(session, target, { rank, reason }, context),
  liftHolds,
  offboardOwner,
  growAuditTree,
  recordCheckpoint,
  announceRemoval,
  removeAuditTexts,
  rotateAgentKey,
  rotateOwnerKey,
  updateOwner,
  endDue,
  addEmergency,
  recordEmergency,
  createSubscription,
  changeSubscription,
  deleteSubscription,
  noteEvents,
  addDelivery,
  settleDeliveries: (session, tenant, subscriptionId, outcomes, at) =>
    settleDeliveries(session, tenant, subscriptionId, { outcomes, at }),
  giveUpDeliveries,
  redeliver,
  addTransmitter,
  removeTransmitter,
  receiveSignal,
  recordPublication,
  leavePublication,
  prune,
  catchUp,
  confirmRestored,
  /** Only reads, but needs the secret order of the indexes, which whoever writes has. */
  leaseHolder: ({ db, allocator }, tenant, position) => findLeaseHolder(db, allocator, tenant, position),
}

type Reservations = {
  readonly [K in 'planCredential' | 'planRenewal']: (...args: Parameters<Commands[K]>) => Promise<void>
}

/** What must happen in the transaction, but outside the savepoint that a refusal undoes. */
export const RESERVATIONS: Reservations = {
  planCredential: reserveForPlan,
  planRenewal: reserveForRenewal,
}
