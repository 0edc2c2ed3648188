import type { Store } from '../../../issuer/ports.ts'
import type { Database } from './database.ts'
import type { WriteSession } from './session.ts'

/** Methods of the port that only read. They see the last commit before the call. */
export const READS = [
  'origin',
  'tenants',
  'tenant',
  'keys',
  'dueKeys',
  'principal',
  'principals',
  'recoveries',
  'owner',
  'owners',
  'ownersDue',
  'agent',
  'agents',
  'enrolment',
  'enrolments',
  'hasInvitation',
  'previewCascade',
  'dependants',
  'retirement',
  'retirementSignOff',
  'credential',
  'ownerCredential',
  'ownerCredentials',
  'successor',
  'hasDueEnds',
  'delegations',
  'run',
  'runs',
  'holds',
  'audit',
  'auditTile',
  'auditTreeSize',
  'auditCheckpoint',
  'auditGeneration',
  'restorations',
  'dirtyLists',
  'publisher',
  'ownerLists',
  'publishedLists',
  'publishedList',
  'publishedMirror',
  'publishedHead',
  'leafTable',
  'publishedChanges',
  'emergency',
  'tenantsWithDeliveries',
  'subscribed',
  'subscription',
  'dueDeliveries',
  'deliveries',
] as const

/** Methods of the port that write, each in a transaction. */
export const WRITES = [
  'chooseOrigin',
  'createTenant',
  'addPrincipal',
  'removePrincipal',
  'recoverAdmin',
  'tellRecovery',
  'consumeNonce',
  'unlock',
  'saveKey',
  'rotateKey',
  'revokeKey',
  'scheduleKey',
  'schedulePartyKeys',
  'rewrapKey',
  'advanceKeys',
  'createOwner',
  'createAgent',
  'createEnrolment',
  'redeemEnrolment',
  'withdrawEnrolment',
  'updateAgent',
  'transferAgent',
  'recordRetirement',
  'signOffRetirement',
  'planCredential',
  'recordCredential',
  'planRenewal',
  'registerRun',
  'completeRun',
  'revokeDelegation',
  'revokeAgent',
  'revokeRun',
  'revokeLease',
  'placeHold',
  'liftHolds',
  'offboardOwner',
  'growAuditTree',
  'recordCheckpoint',
  'announceRemoval',
  'removeAuditTexts',
  'rotateAgentKey',
  'rotateOwnerKey',
  'updateOwner',
  'endDue',
  'addEmergency',
  'recordEmergency',
  'createSubscription',
  'changeSubscription',
  'deleteSubscription',
  'noteEvents',
  'addDelivery',
  'settleDeliveries',
  'giveUpDeliveries',
  'redeliver',
  'recordPublication',
  'leavePublication',
  'prune',
  'catchUp',
  'confirmRestored',
  'leaseHolder',
] as const

type ReadName = (typeof READS)[number]
type WriteName = (typeof WRITES)[number]

export type Reads = Pick<Store, ReadName>
export type Writes = Pick<Store, WriteName>

/** What is done for each method that reads: the same arguments after the connection. */
export type Queries = {
  readonly [K in ReadName]: (db: Database, ...args: Parameters<Store[K]>) => ReturnType<Store[K]>
}

/** What is done for each method that writes. A command throws to be undone. */
export type Commands = {
  readonly [K in WriteName]: (session: WriteSession, ...args: Parameters<Store[K]>) => ReturnType<Store[K]>
}
