import { describe, expect, it } from 'vitest'
import { growTree } from '../../../src/server/audit/grow-tree.ts'
import { addDelegation, context, newRun, ok, openTenant, temporaryDatabase } from './fixtures.ts'
import { inconsistencies } from './oracle.ts'
import { openRaw } from './raw-database.ts'

/** A database with one of everything. */
async function fill(): Promise<string> {
  const database = await temporaryDatabase()
  const store = await openTenant({ database })
  const [first, second] = [await addDelegation(store), await addDelegation(store)]
  const run = await ok(store.registerRun(newRun(first.delegation), context()))
  await ok(store.completeRun(run.id, context()))
  await ok(store.revokeLease(newRun(first.delegation, 1).position, 'r', undefined, context()))
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
