import { ProcuraError } from '../../../errors.ts'
import { readAudit } from './audit-log.ts'
import { readAuditCheckpoint, readAuditTile, readAuditTreeSize } from './audit-tree.ts'
import type { Queries } from './calls.ts'
import { previewCascade } from './cascade-preview.ts'
import { readAuditGeneration, readRestorations } from './catch-up.ts'
import { readRecoveries } from './commands/recovery.ts'
import { readRetirement, readSignOff } from './commands/retirement.ts'
import { readDueEnds } from './commands/succession.ts'
import type { Connection, Database } from './database.ts'
import {
  findSubscription,
  readDeliveries,
  readDueDeliveries,
  readSubscribed,
  readTenantsWithDeliveries,
} from './deliveries.ts'
import { readDependants } from './dependants.ts'
import { readEmergency } from './emergency.ts'
import { findEnrolment, hasInvitation, readEnrolments } from './enrolments.ts'
import { faultOf, TransactionLost } from './fault.ts'
import { findPrincipal } from './identities.ts'
import { readDueKeys, readKeys } from './keys.ts'
import { readLeases } from './leases.ts'
import { AGENTS, CREDENTIALS, OWNERS, PRINCIPALS, RUNS } from './listings.ts'
import type { Answer, Answered, Call } from './messages.ts'
import { readPage } from './paging.ts'
import {
  findAgent,
  findCredential,
  findHolds,
  findOwner,
  findOwnerCredential,
  findOwnerCredentials,
  findOwnersDue,
  findRun,
  findSuccessor,
} from './queries.ts'
import {
  readDirtyLists,
  readLeafTable,
  readOrigin,
  readOwnerLists,
  readPublishedChanges,
  readPublishedHead,
  readPublishedList,
  readPublishedLists,
  readPublishedMirror,
  readPublisher,
  readTenant,
  readTenants,
} from './reads.ts'
import { readTransmitter, readTransmitters } from './signals.ts'

/** Every read, by the name of the `Store` method. */
const QUERIES: Queries = {
  origin: readOrigin,
  tenants: readTenants,
  tenant: readTenant,
  keys: readKeys,
  dueKeys: readDueKeys,
  principal: findPrincipal,
  principals: (db, tenant, page) => readPage(db, PRINCIPALS, tenant, { page }),
  recoveries: readRecoveries,
  owner: findOwner,
  owners: (db, tenant, page) => readPage(db, OWNERS, tenant, { page }),
  ownersDue: findOwnersDue,
  agent: findAgent,
  agents: (db, tenant, { ownerId }, page) =>
    readPage(db, AGENTS, tenant, { filter: { owner_id: ownerId }, page }),
  enrolment: findEnrolment,
  enrolments: readEnrolments,
  hasInvitation,
  previewCascade,
  dependants: readDependants,
  leases: readLeases,
  retirement: readRetirement,
  retirementSignOff: readSignOff,
  credential: findCredential,
  ownerCredential: findOwnerCredential,
  ownerCredentials: findOwnerCredentials,
  successor: findSuccessor,
  hasDueEnds: readDueEnds,
  delegations: (db, tenant, { ownerId, agentId }, page) =>
    readPage(db, CREDENTIALS, tenant, {
      filter: { kind: 'agent', owner_id: ownerId, agent_id: agentId },
      page,
    }),
  run: findRun,
  runs: (db, tenant, { parentId, delegationId, ownerId, agentId }, page) =>
    readPage(db, RUNS, tenant, {
      filter: { parent_id: parentId, delegation_id: delegationId, owner_id: ownerId, agent_id: agentId },
      page,
    }),
  holds: findHolds,
  audit: readAudit,
  auditTile: readAuditTile,
  auditTreeSize: readAuditTreeSize,
  auditCheckpoint: readAuditCheckpoint,
  auditGeneration: readAuditGeneration,
  restorations: readRestorations,
  dirtyLists: readDirtyLists,
  publisher: readPublisher,
  ownerLists: readOwnerLists,
  publishedLists: readPublishedLists,
  publishedList: (db, tenant, list, purpose, version) =>
    readPublishedList(db, tenant, list, { purpose, version }),
  publishedMirror: readPublishedMirror,
  publishedHead: readPublishedHead,
  leafTable: readLeafTable,
  publishedChanges: readPublishedChanges,
  emergency: readEmergency,
  tenantsWithDeliveries: readTenantsWithDeliveries,
  subscribed: readSubscribed,
  subscription: findSubscription,
  dueDeliveries: readDueDeliveries,
  deliveries: readDeliveries,
  transmitter: readTransmitter,
  transmitters: readTransmitters,
}

type Query = (db: Database, ...args: never[]) => Promise<unknown>

const queries: ReadonlyMap<string, Query> = new Map(Object.entries(QUERIES))

/**
 * All in one read transaction: each sees one state, and none that is older than its call. Where one fails, which PostgreSQL makes
 * the end of all that come after it, each is asked again by itself: nobody pays for another's fault. Where the database itself is
 * away all fail at once, for each would wait for it as long. Never rejects.
 */
export async function answerReads(db: Connection, calls: readonly Call[]): Promise<Answered> {
  const { answers: together, isAway } = await readTogether(db, calls)
  const areDone = calls.length === 1 || isAway || !together.some((answer) => 'fault' in answer)
  if (areDone) return { answers: together, changed: [] }
  const answers: Answer[] = []
  for (const call of calls) answers.push(...(await readTogether(db, [call])).answers)
  return { answers, changed: [] }
}

interface ReadTogether {
  readonly answers: readonly Answer[]
  readonly isAway: boolean
}

async function readTogether(db: Connection, calls: readonly Call[]): Promise<ReadTogether> {
  let hasBegun = false
  try {
    await db.begin('read')
    hasBegun = true
    const answers: Answer[] = []
    for (const call of calls) answers.push(await answerOne(db, call))
    // Nothing was written: what was read is true however this ends, also where nobody hears of it any more.
    await db.rollback()
    return { answers, isAway: false }
  } catch (error) {
    await db.rollback()
    const fault = faultOf(error)
    const isAway = !hasBegun || error instanceof TransactionLost
    return { answers: calls.map(({ id }) => ({ id, fault })), isAway }
  }
}

/** @throws {TransactionLost} */
async function answerOne(db: Database, { id, name, args }: Call): Promise<Answer> {
  try {
    const query = queries.get(name)
    if (query === undefined) {
      throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', `the store has no query ${name}`)
    }
    return { id, value: await query(db, ...(args as never[])) }
  } catch (error) {
    if (error instanceof TransactionLost) throw error
    return { id, fault: faultOf(error) }
  }
}
