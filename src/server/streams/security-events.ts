import { isJsonArray, type JsonObject, member } from '../../core/json.ts'
import type { ActingRole, AuditEntry, Id } from '../../issuer/records.ts'
import { CREDENTIAL_CHANGE, SESSION_REVOKED } from './event-types.ts'
import { complexSubject, didSubject, type Subject } from './subject.ts'

/** What receivers are told of one entry of the trail. */
export interface SecurityEvent {
  readonly type: string
  readonly subject: Subject
  readonly event: JsonObject
}

/** By which DIDs the world knows owners and agents of the tenant. */
export interface Names {
  owner(id: Id): Promise<string | undefined>
  agent(id: Id): Promise<string | undefined>
}

type ChangeType = 'create' | 'update' | 'revoke' | 'delete'

interface Rule {
  /** `link`: one delegation, or what an agent handed on. `key`: with which a party signs. */
  readonly about: 'owner' | 'agent' | 'link' | 'key'
  /** Whether whoever presents it is to be let in no more. */
  readonly ends?: true
  readonly change?: ChangeType
  /** Fixed: what people write as a reason may name people. */
  readonly reason: string
}

/** What is told of (docs/signals.md "What is sent"); of anything else nothing is. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['owner.suspend', { about: 'owner', ends: true, reason: 'owner suspended' }],
  ['owner.offboard', { about: 'owner', ends: true, reason: 'owner offboarded' }],
  ['owner.rotate', { about: 'key', change: 'update', reason: 'key of the owner replaced' }],
  ['agent.suspend', { about: 'agent', ends: true, reason: 'agent suspended' }],
  ['agent.revoke', { about: 'agent', ends: true, reason: 'agent revoked' }],
  ['agent.release', { about: 'agent', ends: true, reason: 'agent released by its owner' }],
  ['agent.rotate', { about: 'key', change: 'update', reason: 'key of the agent replaced' }],
  ['owner_credential.issue', { about: 'link', change: 'create', reason: 'credential issued' }],
  ['owner_credential.renew', { about: 'link', change: 'update', reason: 'credential renewed' }],
  ['owner_credential.end', { about: 'link', change: 'delete', reason: 'credential replaced' }],
  ['delegation.issue', { about: 'link', change: 'create', reason: 'delegation issued' }],
  ['delegation.renew', { about: 'link', change: 'update', reason: 'delegation renewed' }],
  ['delegation.end', { about: 'link', change: 'delete', reason: 'delegation replaced' }],
  ['delegation.suspend', { about: 'link', ends: true, reason: 'delegation suspended' }],
  ['delegation.revoke', { about: 'link', ends: true, change: 'revoke', reason: 'delegation revoked' }],
  ['run.complete', { about: 'link', ends: true, reason: 'run completed' }],
  ['run.revoke', { about: 'link', ends: true, reason: 'run revoked' }],
])

/** What the emergency list names; a drill names a key of nobody. */
const EMERGENCY: ReadonlyMap<unknown, Rule> = new Map<unknown, Rule>([
  ['owner', { about: 'owner', ends: true, reason: 'owner listed in an emergency' }],
  ['authority', { about: 'owner', ends: true, reason: 'authority listed in an emergency' }],
  ['key', { about: 'key', change: 'revoke', reason: 'key listed in an emergency' }],
])

/** CAEP 1.0 §2: people who administer, those it is about, rules, or the service by itself. */
const INITIATORS: ReadonlyMap<ActingRole, string> = new Map<ActingRole, string>([
  ['admin', 'admin'],
  ['revoker', 'admin'],
  ['owner', 'user'],
  ['agent', 'user'],
  ['holder', 'user'],
])

/** An entry may tell of several: of each subject that is not let in any more, and of each credential. */
export async function securityEvents(entry: AuditEntry, names: Names): Promise<readonly SecurityEvent[]> {
  const rule = entry.action === 'emergency.add' ? emergencyRule(entry) : RULES.get(entry.action)
  if (rule === undefined) return []
  const common = {
    event_timestamp: Math.floor(entry.at / 1000),
    initiating_entity: INITIATORS.get(entry.role) ?? 'system',
    reason_admin: { en: rule.reason },
  }
  const subjects = await subjectsOf(entry, rule, names)
  return subjects.flatMap((subject) => [
    ...(rule.ends === true ? [{ type: SESSION_REVOKED, subject, event: common }] : []),
    ...(rule.change === undefined
      ? []
      : [{ type: CREDENTIAL_CHANGE, subject, event: changed(common, rule) }]),
  ])
}

function changed(common: JsonObject, { change = 'update', about }: Rule): JsonObject {
  // For a key no name is registered: it is agreed upon (docs/signals.md).
  const credential_type = about === 'key' ? 'did-key' : 'verifiable-credential'
  return { ...common, change_type: change, credential_type }
}

function emergencyRule({ details }: AuditEntry): Rule | undefined {
  return EMERGENCY.get(member(details, 'kind'))
}

async function subjectsOf(entry: AuditEntry, { about }: Rule, names: Names): Promise<readonly Subject[]> {
  if (entry.action === 'emergency.add') return [didSubject(entry.target)]
  if (about === 'key') return [didSubject(textOf(entry.details, 'previous'))]
  const { ownerId, agentId } = entry
  const owner = ownerId === undefined ? undefined : await names.owner(ownerId)
  const agent = agentId === undefined ? undefined : await names.agent(agentId)
  if (about === 'link') return linksOf(entry).map((id) => linkSubject(id, owner, agent))
  const did = about === 'owner' ? owner : agent
  return did === undefined ? [] : [didSubject(did)]
}

/** For whom, through whom, by which credential. */
function linkSubject(uri: string, owner: string | undefined, agent: string | undefined): Subject {
  return complexSubject({
    user: owner === undefined ? undefined : didSubject(owner),
    application: agent === undefined ? undefined : didSubject(agent),
    session: { format: 'uri', uri },
  })
}

/** A delegation may have had several credentials. Positions in a lease, which have no name, are told of by the status alone. */
function linksOf({ target, details }: AuditEntry): readonly string[] {
  const others = member(details, 'others')
  const ids = [target, ...(isJsonArray(others) ? others : [])]
  return ids.filter((id): id is string => typeof id === 'string' && id.startsWith('urn:uuid:'))
}

function textOf(details: JsonObject, name: string): string {
  const value = member(details, name)
  return typeof value === 'string' ? value : ''
}
