import { describe, expect, it } from 'vitest'
import { growTree } from '../../../src/server/audit/grow-tree.ts'
import { addDelegation, context, newRun, ok, openTenant, temporaryDatabase } from './fixtures.ts'
import { inconsistencies } from './oracle.ts'
import { openRaw } from './raw-database.ts'

const EVE = 'did:key:zEve'
const BOB = 'did:key:zBob'

/** A database with one of everything. */
async function fill(): Promise<string> {
  const database = await temporaryDatabase()
  const store = await openTenant({ database })
  const [first, second] = [await addDelegation(store), await addDelegation(store)]
  const run = await ok(store.registerRun(newRun(first.delegation), context()))
  await ok(store.completeRun(run.id, context()))
  await ok(store.revokeLease(newRun(first.delegation, 1).position, 'r', {}, context()))
  await ok(store.placeHold({ kind: 'agent', id: first.agent.id }, 'admin', 'r', context()))
  await ok(store.offboardOwner(second.owner.id, 'r', context()))
  await growTree(store, 'acme')
  return database
}

/** What somebody could do past the service, with its triggers out of the way. */
const TAMPERINGS = [
  [
    'a revocation too few',
    ["UPDATE list_bits SET bits = ZEROS WHERE purpose = 'revocation'"],
    'list_bits',
    'revocation_missing',
  ],
  [
    'a revocation too many',
    ["UPDATE list_bits SET bits = ONES WHERE purpose = 'revocation'"],
    'list_bits',
    'revocation_unfounded',
  ],
  [
    'a suspension too few',
    ["UPDATE list_bits SET bits = ZEROS WHERE purpose = 'suspension'"],
    'list_bits',
    'suspension_missing',
  ],
  [
    'a suspension too many',
    ["UPDATE list_bits SET bits = ONES WHERE purpose = 'suspension'"],
    'list_bits',
    'suspension_unfounded',
  ],
  [
    'an index in two leases',
    [
      "UPDATE credentials SET lease = (SELECT lease FROM credentials WHERE lease_count > 0 LIMIT 1) WHERE kind = 'agent'",
    ],
    'credentials',
    'index_given_twice',
  ],
  [
    'a run with an index that nobody leased',
    ['UPDATE runs SET idx = (idx + 1) % 131072'],
    'runs',
    'index_not_given',
  ],
  [
    'an agent that outlives its owner',
    ["UPDATE agents SET state = 'active', cascade = NULL"],
    'agents',
    'outlives_owner',
  ],
  ['a state of which nobody was told', ["UPDATE owners SET state = 'offboarded'"], 'owners', 'state_untold'],
  [
    'a changed audit entry',
    ["UPDATE audit SET entry = replace(entry, 'own_', 'OWN_') WHERE seq = 4"],
    'audit',
    'audit_broken',
  ],
  ['a tree over another trail', ['UPDATE audit_tiles SET hashes = ZEROS'], 'audit_tiles', 'audit_broken'],
  [
    'a text that is gone without a removal',
    ["UPDATE audit SET entry = '' WHERE seq = 1"],
    'audit',
    'audit_broken',
  ],
] as const

describe('fsck of rows', () => {
  it('finds nothing in what the store wrote', async () => {
    expect(await inconsistencies(await fill())).toEqual([])
  })

  it.each(TAMPERINGS)('finds %s [INV1, INV3, INV5, INV7]', async (_, statements, table, code) => {
    const database = await fill()
    const raw = await openRaw(database)

    await raw.tamper(table, statements)

    expect((await inconsistencies(database)).map((line) => line.split(':')[0])).toContain(code)
  })

  it('finds a trigger that was added, and says nothing when it is gone again', async () => {
    const database = await fill()
    const raw = await openRaw(database)
    await raw.failAudit('run.register')
    expect(await inconsistencies(database)).toEqual([
      expect.stringMatching(/^schema_changed: trigger no_audit.*: it was added$/),
    ])

    await raw.allowAudit()
    expect(await inconsistencies(database)).toEqual([])
  })

  it('finds triggers that are away or off', async () => {
    const database = await fill()
    await (await openRaw(database)).unguardAudit()

    const found = await inconsistencies(database)
    expect(found).toContainEqual(expect.stringMatching(/^schema_changed: trigger audit_append_only/))
    expect(found).toContainEqual(expect.stringMatching(/^schema_changed: trigger audit_kept/))
  })

  it.each([
    [
      'an administrator who was added',
      `INSERT INTO identities (tenant_id, did, role) VALUES ('acme', 'did:key:zEvil', 'admin')`,
    ],
    ['an auditor who administers', "UPDATE identities SET role = 'admin' WHERE role = 'auditor'"],
    ['an administrator who is back', `UPDATE identities SET ended = 0 WHERE did = '${EVE}'`],
    ['an administrator who was silently removed', `UPDATE identities SET ended = 1 WHERE did = '${BOB}'`],
    ['one who was forgotten', `DELETE FROM identities WHERE did = '${EVE}'`],
  ])('finds %s [INV5]', async (_, statement) => {
    const database = await temporaryDatabase()
    const store = await openTenant({ database })
    await ok(store.addPrincipal('did:key:zAuditor', 'auditor', context()))
    for (const did of [EVE, BOB] as const) await ok(store.addPrincipal(did, 'admin', context()))
    await ok(store.removePrincipal(EVE, context()))
    expect(await inconsistencies(database)).toEqual([])

    await (await openRaw(database)).tamper('identities', [statement])

    expect(await inconsistencies(database)).toEqual([expect.stringMatching(/^principal_untold: did:key:z/)])
  })

  it('tells of what was set back to active together with its bit [INV5, INV7]', async () => {
    const database = await temporaryDatabase()
    const store = await openTenant({ database })
    const { delegation } = await addDelegation(store)
    await ok(store.revokeDelegation(delegation.id, 'r', context()))
    const raw = await openRaw(database)
    expect(await inconsistencies(database)).toEqual([])

    await raw.tamper('credentials', [`UPDATE credentials SET state = 'active' WHERE id = '${delegation.id}'`])
    await raw.tamper('list_bits', ["UPDATE list_bits SET bits = ZEROS WHERE purpose = 'revocation'"])

    expect(await inconsistencies(database)).toEqual([
      expect.stringMatching(`^state_untold: ${delegation.id}: entry \\d+ \\(delegation.revoke\\) tells`),
    ])
  })

  it('names who has a bit that is missing, and is content when that is revoked or suspended again', async () => {
    const database = await temporaryDatabase()
    const store = await openTenant({ database })
    const [first, second, third] = [
      await addDelegation(store),
      await addDelegation(store),
      await addDelegation(store),
    ]
    const run = await ok(store.registerRun(newRun(third.delegation), context()))
    const lease = newRun(third.delegation, 1).position
    const ends = async () => {
      await ok(store.revokeDelegation(first.delegation.id, 'r', context()))
      await ok(store.revokeAgent(first.agent.id, 'r', context()))
      await ok(store.offboardOwner(second.owner.id, 'r', context()))
      await ok(store.revokeRun(run.id, 'r', context()))
      await ok(store.revokeLease(lease, 'r', {}, context()))
      await ok(store.placeHold({ kind: 'delegation', id: third.delegation.id }, 'admin', 'r', context()))
    }
    await ends()
    const raw = await openRaw(database)
    await raw.tamper('list_bits', ['UPDATE list_bits SET bits = ZEROS'])

    const found = await inconsistencies(database)
    for (const id of [first.delegation.id, second.delegation.id, run.id, third.delegation.id])
      expect(found).toContainEqual(expect.stringContaining(`; ${id} has it`))
    expect(found).toContainEqual(expect.stringContaining(`of owner ${second.owner.id} has it`))
    await ends()

    expect(await inconsistencies(database)).toEqual([])
    const { items } = await store.audit('acme', {}, { limit: 100 })
    expect(items.filter(({ action }) => action === 'status.mend').map(({ target }) => target)).toEqual([
      first.delegation.id,
      second.owner.id,
      run.id,
      third.delegation.id,
    ])
  })

  it.each([
    ['a state that was taken back', 'owners', "UPDATE owners SET state = 'active'", 'state_untold'],
    ['a bit of nobody', 'list_bits', 'UPDATE list_bits SET bits = ONES', 'revocation_unfounded'],
  ])('finds %s also when texts of the trail were removed', async (_, table, statement, code) => {
    const database = await fill()
    const raw = await openRaw(database)
    await raw.tamper('audit_removals', [
      "INSERT INTO audit_removals (tenant_id, last_seq, told_by) VALUES ('acme', 2, 5)",
    ])
    await raw.tamper('audit', [
      "UPDATE audit SET entry = '', owner_id = NULL, agent_id = NULL WHERE seq <= 2",
    ])
    expect(await inconsistencies(database)).toEqual([])

    await raw.tamper(table, [statement])

    expect((await inconsistencies(database)).map((line) => line.split(':')[0])).toContain(code)
  })

  it('minds no text of the trail that was removed as it must be', async () => {
    const database = await fill()
    const raw = await openRaw(database)
    await raw.tamper('audit_removals', [
      "INSERT INTO audit_removals (tenant_id, last_seq, told_by) VALUES ('acme', 2, 5)",
    ])
    await raw.tamper('audit', [
      "UPDATE audit SET entry = '', owner_id = NULL, agent_id = NULL WHERE seq <= 2",
    ])

    expect(await inconsistencies(database)).toEqual([])
  })
})
