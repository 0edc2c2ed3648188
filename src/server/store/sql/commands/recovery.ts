import type { WriteContext, Written } from '../../../../issuer/ports.ts'
import type { Recovery } from '../../../../issuer/principal-store.ts'
import type { Principal } from '../../../../issuer/records.ts'
import type { Did } from '../../../../model/did.ts'
import { record } from '../audit-log.ts'
import type { Database } from '../database.ts'
import { claimDid } from '../identities.ts'
import { optionalText, present, text, word } from '../row.ts'
import { done, refuseWrite, type WriteSession } from '../session.ts'

export async function recoverAdmin(
  session: WriteSession,
  replaced: Did | undefined,
  context: WriteContext,
): Promise<Written<Principal>> {
  const { db } = session
  const { tenant, did } = context.principal
  const principal: Principal = { tenant, did, role: 'admin' }
  await claimDid(session, principal)
  if (replaced !== undefined) await endAdmin(session, tenant, replaced)
  const sql = 'INSERT INTO recoveries (tenant_id, did, replaced) VALUES (?, ?, ?)'
  await db.run(sql, tenant, did, replaced ?? null)
  await record(session, { action: 'admin.recover', target: did, details: present({ replaced }) }, context)
  return done(principal)
}

async function endAdmin({ db }: WriteSession, tenant: string, did: Did): Promise<void> {
  const sql = `UPDATE identities SET ended = 1
    WHERE tenant_id = ? AND did = ? AND role = 'admin' AND ended = 0`
  if ((await db.run(sql, tenant, did)) === 0) refuseWrite({ code: 'not_found' })
}

export async function readRecoveries(db: Database): Promise<Recovery[]> {
  const rows = await db.all('SELECT tenant_id, did, replaced FROM recoveries ORDER BY tenant_id, did')
  return rows.map((row) => ({
    tenant: text(row, 'tenant_id'),
    did: word<Did>(row, 'did'),
    ...present({ replaced: optionalText(row, 'replaced') as Did | undefined }),
  }))
}

export async function tellRecovery({ db }: WriteSession, { tenant, did }: Recovery): Promise<void> {
  await db.run('DELETE FROM recoveries WHERE tenant_id = ? AND did = ?', tenant, did)
}
