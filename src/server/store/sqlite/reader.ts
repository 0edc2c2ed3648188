import { ProcuraError } from '../../../errors.ts'
import type { Queries } from './calls.ts'
import { type Database, openReader } from './database.ts'
import { faultOf } from './fault.ts'
import { findPrincipal } from './identities.ts'
import { AGENTS, CREDENTIALS, OWNERS, PRINCIPALS, RUNS } from './listings.ts'
import type { Answer, Answered, Call } from './messages.ts'
import { readPage } from './paging.ts'
import { findAgent, findCredential, findHolds, findOwner, findOwnerCredential, findRun } from './queries.ts'
import {
  readAudit,
  readDirtyLists,
  readKeys,
  readLeafTable,
  readPublishedHead,
  readPublishedList,
  readPublishedLists,
  readPublishedMirror,
  readTenant,
  readTenants,
} from './reads.ts'

/** Every read, by the name of the `Store` method. */
const QUERIES: Queries = {
  tenants: readTenants,
  tenant: readTenant,
  keys: readKeys,
  principal: findPrincipal,
  principals: (db, tenant, page) => readPage(db, PRINCIPALS, tenant, { page }),
  owner: findOwner,
  owners: (db, tenant, page) => readPage(db, OWNERS, tenant, { page }),
  agent: findAgent,
  agents: (db, tenant, { ownerId }, page) =>
    readPage(db, AGENTS, tenant, { filter: { owner_id: ownerId }, page }),
  credential: findCredential,
  ownerCredential: findOwnerCredential,
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
  dirtyLists: readDirtyLists,
  publishedLists: readPublishedLists,
  publishedList: (db, tenant, list, purpose, version) =>
    readPublishedList(db, tenant, list, { purpose, version }),
  publishedMirror: readPublishedMirror,
  publishedHead: readPublishedHead,
  leafTable: readLeafTable,
}

type Query = (db: Database, ...args: never[]) => unknown

const queries: ReadonlyMap<string, Query> = new Map(Object.entries(QUERIES))

/** Answers reads from a connection of its own, so that they never wait for a disk write. */
export class Reader {
  readonly #file: string
  #db: Database | undefined

  /** The file is opened with the first read: it may not have been made yet. */
  constructor(file: string) {
    this.#file = file
  }

  /** All in one read transaction: each sees one state, and none that is older than its call. */
  answer(calls: readonly Call[]): Answered {
    try {
      this.#db ??= openReader(this.#file)
      return { answers: readTogether(this.#db, calls), changed: [] }
    } catch (error) {
      const fault = faultOf(error)
      return { answers: calls.map(({ id }) => ({ id, fault })), changed: [] }
    }
  }

  close(): void {
    this.#db?.close()
  }
}

function readTogether(db: Database, calls: readonly Call[]): Answer[] {
  db.run('BEGIN')
  try {
    const answers = calls.map((call) => answerOne(db, call))
    db.run('COMMIT')
    return answers
  } catch (error) {
    db.rollback()
    throw error
  }
}

function answerOne(db: Database, { id, name, args }: Call): Answer {
  try {
    const query = queries.get(name)
    if (query === undefined) {
      throw new ProcuraError('ERR_PROCURA_INVALID_ARGUMENT', `the store has no query ${name}`)
    }
    return { id, value: query(db, ...(args as never[])) }
  } catch (error) {
    return { id, fault: faultOf(error) }
  }
}
