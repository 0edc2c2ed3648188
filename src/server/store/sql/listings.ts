import type { IssuedCredential } from '../../../issuer/issued-credential.ts'
import type { Agent, Owner, Principal, Run } from '../../../issuer/records.ts'
import type { Listing } from './paging.ts'
import { SELECT_AGENT, SELECT_CREDENTIAL, SELECT_OWNER, SELECT_RUN } from './queries.ts'
import { agentOf, credentialOf, ownerOf, principalOf, runOf } from './records.ts'

export const OWNERS: Listing<Owner> = {
  select: SELECT_OWNER,
  alias: 'o',
  table: 'owners',
  idColumn: 'owner_id',
  itemOf: ownerOf,
  idOf: ({ id }) => id,
}

export const AGENTS: Listing<Agent> = {
  select: SELECT_AGENT,
  alias: 'a',
  table: 'agents',
  idColumn: 'agent_id',
  itemOf: agentOf,
  idOf: ({ id }) => id,
}

export const CREDENTIALS: Listing<IssuedCredential> = {
  select: SELECT_CREDENTIAL,
  alias: 'c',
  table: 'credentials',
  idColumn: 'id',
  itemOf: credentialOf,
  idOf: ({ id }) => id,
}

export const RUNS: Listing<Run> = {
  select: SELECT_RUN,
  alias: 'r',
  table: 'runs',
  idColumn: 'id',
  itemOf: runOf,
  idOf: ({ id }) => id,
}

/** People and platforms that may call; agents have a list of their own. */
export const PRINCIPALS: Listing<Principal> = {
  select: 'SELECT i.* FROM identities AS i',
  where: `i.role IN ('admin', 'owner', 'auditor', 'revoker') AND i.ended = 0 AND NOT EXISTS (
    SELECT 1 FROM owners AS o
    WHERE o.tenant_id = i.tenant_id AND o.owner_id = i.owner_id AND o.state = 'offboarded')`,
  alias: 'i',
  table: 'identities',
  idColumn: 'did',
  itemOf: principalOf,
  idOf: ({ did }) => did,
}
