import type { Store } from '../../../src/issuer/ports.ts'
import { growTree } from '../../../src/server/audit/grow-tree.ts'
import {
  addAgent,
  addDelegation,
  addOwner,
  context,
  NO_CHANGES,
  NOW,
  newcomer,
  newDelivery,
  newEnrolment,
  newRun,
  newSubscription,
  newTransmitter,
  ok,
  STATUS_KEY,
} from './fixtures.ts'

/** One of everything, revoked; beside it what lives. */
export async function makeRevoked(store: Store): Promise<void> {
  const older = { seq: 1, iatMs: 1, root: 'o', jwt: 'o', leafTable: 'o' }
  const found = { head: older, lists: [], others: [], unknownKeys: [], nextSeq: 2 }
  await ok(store.catchUp(found, 'ada@host', context()))
  const { owner, agent, delegation } = await addDelegation(store)
  await ok(store.registerRun(newRun(delegation), context()))
  await ok(store.placeHold({ kind: 'agent', id: agent.id }, 'admin', 'odd', context()))
  await ok(store.offboardOwner(owner.id, 'left', context()))
  const living = await addDelegation(store)
  const enrolment = newEnrolment(living.owner)
  await ok(store.createEnrolment(enrolment, context()))
  await ok(store.redeemEnrolment(enrolment.ticketDigest, newcomer('did:key:zEnrolled')))
  const withdrawn = newEnrolment(living.owner)
  await ok(store.createEnrolment(withdrawn, context()))
  await ok(store.withdrawEnrolment(withdrawn.id, 'mislaid', context()))
  const closed = await addDelegation(store)
  await ok(store.revokeDelegation(closed.delegation.id, 'leaked', context()))
  const other = await addDelegation(store)
  await ok(store.rotateAgentKey({ id: other.agent.id, did: 'did:key:zNext', endsAt: NOW + 9 }, context()))
  await addAgent(store, await addOwner(store, { id: 'free' }), { id: 'idle' })
  const lists = [
    { list: 1, purpose: 'revocation', version: 5, validUntil: 9, bitsDigest: 'd', revision: 2, jwt: 'j' },
  ] as const
  const mirrors = [{ list: 1, version: 5, validUntil: 9, jwt: 't' }]
  const head = { seq: 2, iatMs: 5, root: 'r', jwt: 'h', leafTable: 'l' }
  await store.recordPublication(
    'acme',
    { lists, mirrors, changes: NO_CHANGES, head, keyId: STATUS_KEY },
    { holder: 'one', until: 9 },
  )
  const stolen = { kind: 'owner', name: 'did:key:zStolen', reason: 'stolen' } as const
  await ok(store.addEmergency(stolen, context()))
  const { id, since } = await ok(store.createSubscription(newSubscription(), context()))
  await store.noteEvents('acme', { from: since, until: since, deliveries: [newDelivery(id)] }, NOW)
  await ok(store.addTransmitter(newTransmitter(), context()))
  const signal = {
    jti: 'j',
    digest: 'd',
    at: NOW,
    demand: { kind: 'note', outcome: 'ignored' },
    reason: 'r',
  } as const
  await ok(store.receiveSignal('trm_1', signal, context()))
  await store.chooseOrigin('https://id.example')
  await growTree(store, 'acme')
  await store.recordCheckpoint('acme', { size: 5, note: 'n', at: 5 })
}

/** What every database refuses by itself where {@link makeRevoked} was: the title of the test, and the statement. */
export const IMPOSSIBLE: readonly (readonly [title: string, sql: string])[] = [
  ['to forget revocation bits', 'DELETE FROM list_bits'],
  ['to move bits to another list', 'UPDATE list_bits SET list = 2 WHERE list = 1'],
  ['to revive a credential [I15]', "UPDATE credentials SET state = 'active' WHERE state = 'revoked'"],
  [
    'to give a revoked credential a successor',
    "UPDATE credentials SET succession = 'open' WHERE succession = 'closed'",
  ],
  [
    'a successor of what was revoked',
    `INSERT INTO credentials (tenant_id, id, kind, owner_id, agent_id, list, idx, lease, lease_count, valid_from, valid_until, created_at, predecessor_id)
    SELECT tenant_id, 'heir', kind, owner_id, agent_id, list, 78, '[]', 0, valid_from, valid_until, created_at, id
    FROM credentials WHERE kind = 'agent' AND state = 'revoked' LIMIT 1`,
  ],
  ['to prolong a grace', 'UPDATE credentials SET ends_at = ends_at + 1'],
  ['to revive a run', "UPDATE runs SET state = 'active'"],
  [
    'to let an ended run go on',
    `INSERT INTO runs (tenant_id, id, kind, delegation_id, parent_id, owner_id, agent_id, subject, list, idx, lineage, valid_until, created_at, predecessor_id)
    SELECT tenant_id, 'heir', kind, delegation_id, parent_id, owner_id, agent_id, subject, list, 79, lineage, valid_until, created_at, id
    FROM runs WHERE state <> 'active' LIMIT 1`,
  ],
  ['to put a run into another line', "UPDATE runs SET predecessor_id = 'other'"],
  ['to revive an agent', "UPDATE agents SET state = 'active' WHERE state = 'revoked'"],
  ['to bring an owner back', "UPDATE owners SET state = 'active' WHERE state = 'offboarded'"],
  ['to make the key of an agent younger', 'UPDATE agents SET keyed_at = created_at + 9'],
  ['to make the key of an owner younger', 'UPDATE owners SET keyed_at = created_at + 9'],
  ['to take an entry of the emergency list back', 'DELETE FROM emergency_entries'],
  ['to let the emergency list name another', "UPDATE emergency_entries SET name = 'did:key:zOther'"],
  ['to look through the trail twice', 'UPDATE event_positions SET seq = 1'],
  ['to look at entries that are not there', 'UPDATE event_positions SET seq = seq + 1000'],
  ['to tell of another event than was noted', "UPDATE deliveries SET payload = '{}'"],
  [
    'to deliver to nobody',
    "INSERT INTO deliveries (tenant_id, subscription_id, event_id, type, subject, payload, due_at, give_up_at, created_at) VALUES ('acme', 'nobody', 'e', 't', 's', '{}', 1, 1, 1)",
  ],
  ['to delete a credential', 'DELETE FROM credentials'],
  ['to delete a run', 'DELETE FROM runs'],
  ['to delete an agent', 'DELETE FROM agents'],
  ['to delete an owner', 'DELETE FROM owners'],
  ['to forget a DID', 'DELETE FROM identities'],
  ['to give a DID to another tenant', "UPDATE identities SET tenant_id = 'globex'"],
  ['to use a ticket twice', 'UPDATE enrolments SET redeemed_by = NULL'],
  ['to take a withdrawal back', 'UPDATE enrolments SET withdrawn_by = NULL WHERE withdrawn_by IS NOT NULL'],
  [
    'to use a ticket that was withdrawn',
    "UPDATE enrolments SET redeemed_by = 'x' WHERE withdrawn_by IS NOT NULL",
  ],
  ['to let a ticket live longer', 'UPDATE enrolments SET expires_at = expires_at + 1'],
  ['to move a credential to another index', 'UPDATE credentials SET idx = idx + 1'],
  [
    'to activate what was not signed',
    `INSERT INTO credentials (tenant_id, id, kind, owner_id, agent_id, list, idx, lease, lease_count, valid_from, valid_until, created_at)
    SELECT tenant_id, 'unsigned', kind, owner_id, agent_id, list, 77, '[]', 0, valid_from, valid_until, created_at
    FROM credentials WHERE kind = 'agent' LIMIT 1;
    UPDATE credentials SET state = 'active' WHERE id = 'unsigned'`,
  ],
  ['to change a text that was signed', "UPDATE credential_forms SET text = 'another'"],
  ['to change the audit trail [A2]', "UPDATE audit SET entry = replace(entry, 'left', 'stayed')"],
  ['to delete of the audit trail [A2]', 'DELETE FROM audit WHERE seq = 3'],
  ['to shorten the audit tree [A2]', 'UPDATE audit_tiles SET hashes = substr(hashes, 1, 32)'],
  ['to change a hash of the audit tree [A2]', 'UPDATE audit_tiles SET hashes = substr(hashes, 33)'],
  ['to delete of the audit tree [A2]', 'DELETE FROM audit_tiles'],
  ['to sign an older checkpoint [AL-02]', 'UPDATE audit_checkpoints SET size = 4'],
  ['to sign two checkpoints of one size [AL-02]', "UPDATE audit_checkpoints SET note = 'another'"],
  ['to delete a checkpoint [AL-02]', 'DELETE FROM audit_checkpoints'],
  ['to free an index', 'DELETE FROM positions'],
  ['to give an index twice', "INSERT INTO positions SELECT tenant_id, list, idx, 'another' FROM positions"],
  ['to free a lease', 'DELETE FROM allocations'],
  ['to change a lease', 'UPDATE allocations SET count = count - 1'],
  [
    'to lease an index twice',
    'INSERT INTO allocations SELECT tenant_id, list, first + 1, count, first + 1, credential_id FROM allocations WHERE count > 1',
  ],
  [
    'to lease more than a list has',
    'INSERT INTO allocations SELECT tenant_id, list, 131072, 1, 131072, credential_id FROM allocations LIMIT 1',
  ],
  ['to set a counter back', 'UPDATE lists SET next = 0 WHERE next > 0'],
  ['to delete a list', 'DELETE FROM lists'],
  [
    'to publish an older list [INV6]',
    'UPDATE list_status SET published_version = 1 WHERE published_version > 1',
  ],
  ['to publish an older head [INV6]', 'UPDATE heads SET seq = 1'],
  ['to delete a head', 'DELETE FROM heads'],
  ['to forget an index that was burned [INV7]', 'DELETE FROM adopted_bits'],
  ['to move burned indexes to another list', 'UPDATE adopted_bits SET list = 2 WHERE list = 1'],
  ['to give numbers of heads twice', 'UPDATE catch_ups SET next_seq = 1'],
  ['to forget that the trail is another one', 'DELETE FROM catch_ups'],
  ['to publish an older mirror [INV6]', "UPDATE mirrors SET version = 4, jwt = 'old'"],
  ['to delete a mirror', 'DELETE FROM mirrors'],
  ['to let a key sign again', "UPDATE keys SET state = 'prepared' WHERE use = 'authority'"],
  ['to revoke a key and keep it', "UPDATE keys SET state = 'revoked' WHERE use = 'status'"],
  ['to exchange a key', "UPDATE keys SET wrapped = (SELECT bits FROM list_bits LIMIT 1) WHERE use = 'audit'"],
  ['to give a key to another use', "UPDATE keys SET use = 'status', key_id = 'x' WHERE use = 'audit'"],
  ['to forget a key of the service', "DELETE FROM keys WHERE use = 'authority'"],
  [
    'two keys that sign for one use',
    `INSERT INTO keys (tenant_id, key_id, use, did, wrapped, created_at)
    SELECT tenant_id, 'another', use, did, wrapped, created_at FROM keys WHERE use = 'authority'`,
  ],
  ['to tell otherwise what came of a security event', "UPDATE received_signals SET outcome = 'suspended'"],
  ['to forget the origin', 'DELETE FROM service'],
  ['to choose another origin', "UPDATE service SET origin = 'https://other.example'"],
  ['an owner without an accountable human [I1]', "UPDATE owners SET accountable = ''"],
  [
    'an agent that takes along what it has of another owner',
    "UPDATE agents SET owner_id = 'free' WHERE state = 'active' AND agent_id <> 'idle'",
  ],
  [
    'an agent of an owner who is gone',
    "UPDATE agents SET owner_id = (SELECT owner_id FROM owners WHERE state = 'offboarded') WHERE agent_id = 'idle'",
  ],
  [
    'a delegation of somebody who is not the owner',
    `INSERT INTO credentials (tenant_id, id, kind, owner_id, agent_id, list, idx, lease, lease_count, valid_from, valid_until, created_at)
    SELECT tenant_id, 'foreign', kind, 'free', agent_id, list, 78, '[]', 0, valid_from, valid_until, created_at
    FROM credentials WHERE kind = 'agent' AND state = 'active'`,
  ],
  ['an agent without an owner [I1]', "UPDATE agents SET owner_id = 'nobody'"],
  [
    'two credentials in force for one owner',
    `INSERT INTO credentials (tenant_id, id, kind, owner_id, list, idx, lease, lease_count, valid_from, valid_until, created_at)
    SELECT tenant_id, 'second', kind, owner_id, list, 5, lease, lease_count, valid_from, valid_until, created_at
    FROM credentials WHERE kind = 'owner' AND state = 'active'`,
  ],
]
