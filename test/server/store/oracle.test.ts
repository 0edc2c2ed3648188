import { describe, expect, it, onTestFinished } from 'vitest'
import { openWriter } from '../../../src/server/store/sqlite/database.ts'
import { addDelegation, context, newRun, ok, openTenant, temporaryFile } from './fixtures.ts'
import { inconsistencies } from './oracle.ts'

/** A file with one of everything, and a connection that goes past the commands. */
async function openAll() {
  const file = await temporaryFile()
  const store = await openTenant({ database: file })
  const [first, second] = [await addDelegation(store), await addDelegation(store)]
  const run = await ok(store.registerRun(newRun(first.delegation), context()))
  await ok(store.completeRun(run.id, context()))
  await ok(store.revokeLease(newRun(first.delegation, 1).position, 'r', undefined, context()))
  await ok(store.placeHold({ kind: 'agent', id: first.agent.id }, 'admin', 'r', context()))
  await ok(store.offboardOwner(second.owner.id, 'r', context()))
  const db = openWriter(file)
  onTestFinished(() => db.close())
  return { file, db }
}

describe('inconsistencies', () => {
  it('finds none in what the store wrote', async () => {
    expect(await inconsistencies((await openAll()).file)).toEqual([])
  })

  it.each([
    [
      'a revocation bit too many',
      "UPDATE list_bits SET bits = unhex(replace(hex(bits), '00', '80'))",
      'is set for nobody',
    ],
    [
      'a revocation bit too few',
      "DROP TRIGGER list_bits_terminal; UPDATE list_bits SET bits = zeroblob(1024) WHERE purpose = 'revocation'",
      'is missing',
    ],
    [
      'a suspension bit too few',
      "UPDATE list_bits SET bits = zeroblob(1024) WHERE purpose = 'suspension'",
      'is missing',
    ],
    [
      'an index in two leases',
      "UPDATE credentials SET lease = (SELECT lease FROM credentials WHERE lease_count > 0 LIMIT 1) WHERE kind = 'agent'",
      'was given twice',
    ],
    [
      'an agent that outlives its owner',
      "DROP TRIGGER agents_terminal; UPDATE agents SET state = 'active'",
      'outlives its owner or agent',
    ],
    [
      'a state of which nobody was told',
      "UPDATE owners SET state = 'offboarded'",
      'owner.offboard was told 1 times',
    ],
    [
      'a changed audit entry',
      "DROP TRIGGER audit_append_only; UPDATE audit SET entry = replace(entry, 'own_', 'OWN_') WHERE seq = 4",
      'hash_mismatch at 4',
    ],
  ])('finds %s', async (_, sql, problem) => {
    const { file, db } = await openAll()

    await db.exec(sql)

    expect((await inconsistencies(file)).join('\n')).toContain(problem)
  })
})
