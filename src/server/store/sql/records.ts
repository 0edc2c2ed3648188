import type { JsonObject } from '../../../core/json.ts'
import type { IssuedCredential, StatusPosition } from '../../../issuer/issued-credential.ts'
import type { Agent, Hold, HoldTarget, Owner, Principal, Run, Tenant } from '../../../issuer/records.ts'
import type { Did } from '../../../model/did.ts'
import type { Row } from './database.ts'
import { integer, json, optionalInteger, optionalText, present, text, word } from './row.ts'

export const DAY_MS = 86_400_000

export function tenantOf(row: Row): Tenant {
  return {
    id: text(row, 'tenant_id'),
    name: text(row, 'name'),
    environment: text(row, 'environment'),
    authority: word<Did>(row, 'authority'),
    statusIssuer: word<Did>(row, 'status_issuer'),
    ...present({
      ownerKeyDays: optionalInteger(row, 'owner_key_days'),
      agentKeyDays: optionalInteger(row, 'agent_key_days'),
    }),
    createdAt: integer(row, 'created_at'),
  }
}

export function principalOf(row: Row): Principal {
  const ownerId = optionalText(row, 'owner_id')
  const agentId = optionalText(row, 'agent_id')
  return {
    tenant: text(row, 'tenant_id'),
    did: word<Did>(row, 'did'),
    role: word<Principal['role']>(row, 'role'),
    ...present({ ownerId, agentId }),
  }
}

export function ownerOf(row: Row): Owner {
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'owner_id'),
    did: word<Did>(row, 'did'),
    name: text(row, 'name'),
    accountable: text(row, 'accountable'),
    accountableName: text(row, 'accountable_name'),
    ...present({ team: optionalText(row, 'team'), subject: subjectOf(row) }),
    assurance: text(row, 'assurance'),
    environment: text(row, 'environment'),
    entitlements: json<JsonObject[]>(row, 'entitlements'),
    revokers: json<Did[]>(row, 'revokers'),
    state: word<Owner['state']>(row, 'state'),
    suspended: integer(row, 'suspended') === 1,
    version: integer(row, 'version'),
    ...present({ keyDueAt: keyDueAt(row) }),
    createdAt: integer(row, 'created_at'),
  }
}

function subjectOf(row: Row): Owner['subject'] {
  const [issuer, subject] = [optionalText(row, 'subject_issuer'), optionalText(row, 'subject')]
  return issuer === undefined || subject === undefined ? undefined : { issuer, subject }
}

export function agentOf(row: Row): Agent {
  const software = row.software === null ? undefined : json<NonNullable<Agent['software']>>(row, 'software')
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'agent_id'),
    ownerId: text(row, 'owner_id'),
    did: word<Did>(row, 'did'),
    name: text(row, 'name'),
    purpose: text(row, 'purpose'),
    mode: word<Agent['mode']>(row, 'mode'),
    ...present({ software }),
    state: word<Agent['state']>(row, 'state'),
    suspended: integer(row, 'suspended') === 1,
    ...present({ keyDueAt: keyDueAt(row) }),
    createdAt: integer(row, 'created_at'),
  }
}

/** By the tenant's `key_days`, from when the present key came. Who is gone needs no other one. */
function keyDueAt(row: Row): number | undefined {
  const days = optionalInteger(row, 'key_days')
  if (days === undefined || row.state !== 'active') return undefined
  return (optionalInteger(row, 'keyed_at') ?? integer(row, 'created_at')) + days * DAY_MS
}

export function positionOf(row: Row): StatusPosition {
  return { list: integer(row, 'list'), index: integer(row, 'idx') }
}

export function credentialOf(row: Row): IssuedCredential {
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'id'),
    kind: word<IssuedCredential['kind']>(row, 'kind'),
    ownerId: text(row, 'owner_id'),
    ...present({ agentId: optionalText(row, 'agent_id') }),
    state: word<IssuedCredential['state']>(row, 'state'),
    suspended: integer(row, 'suspended') === 1,
    position: positionOf(row),
    lease: json<number[]>(row, 'lease'),
    terms: json(row, 'terms'),
    validFrom: integer(row, 'valid_from'),
    validUntil: integer(row, 'valid_until'),
    forms: json(row, 'forms'),
    ownerVersion: integer(row, 'owner_version'),
    ...present({
      endsAt: optionalInteger(row, 'ends_at'),
      succession: optionalText(row, 'succession') as IssuedCredential['succession'],
      predecessorId: optionalText(row, 'predecessor_id'),
    }),
    createdAt: integer(row, 'created_at'),
  }
}

export function runOf(row: Row): Run {
  return {
    tenant: text(row, 'tenant_id'),
    id: text(row, 'id'),
    kind: word<Run['kind']>(row, 'kind'),
    ...present({ name: optionalText(row, 'name') }),
    delegationId: text(row, 'delegation_id'),
    parentId: text(row, 'parent_id'),
    subject: word<Did>(row, 'subject'),
    position: positionOf(row),
    lineage: json(row, 'lineage'),
    ...present({ predecessorId: optionalText(row, 'predecessor_id') }),
    state: word<Run['state']>(row, 'state'),
    validUntil: integer(row, 'valid_until'),
    createdAt: integer(row, 'created_at'),
  }
}

export function holdOf(row: Row, target: HoldTarget): Hold {
  return {
    id: text(row, 'hold_id'),
    target,
    placedBy: word<Did>(row, 'placed_by'),
    rank: word<Hold['rank']>(row, 'hold_rank'),
    reason: text(row, 'reason'),
    placedAt: integer(row, 'placed_at'),
  }
}

/** How a target is named in the tables and in the audit trail; a leased index as `list/index`. */
export function targetIdOf(target: HoldTarget): string {
  return target.kind === 'lease' ? `${target.position.list}/${target.position.index}` : target.id
}
