import type { AuditEntry } from '../../issuer/records.ts'
import type { Connection } from '../store/sql/database.ts'
import { integer, text } from '../store/sql/row.ts'
import type { Findings } from './finding.ts'
import { rowsOf } from './snapshot.ts'

/** As the trail tells it. */
interface ToldRole {
  readonly role: string
  readonly isEnded: boolean
}

/**
 * Follows who the trail tells to have become and ceased to be a principal of a tenant, and compares that with who may call: nobody
 * administers, reads the trail or revokes without an entry. There are few of them, unlike owners and agents.
 */
export class ToldPrincipals {
  readonly #told = new Map<string, ToldRole>()

  look({ action, actor, target, details }: AuditEntry): void {
    if (action === 'tenant.create') this.#begin(actor, 'admin')
    if (action === 'principal.add' && typeof details.role === 'string') this.#begin(target, details.role)
    if (action === 'principal.remove') this.#end(target)
    if (action === 'admin.recover') this.#begin(target, 'admin')
    if (action === 'admin.recover' && typeof details.replaced === 'string') this.#end(details.replaced)
  }

  /** After the last entry. @param isWhole Whether no text of the trail was removed. */
  async compare(db: Connection, tenant: string, isWhole: boolean, findings: Findings): Promise<void> {
    const add = (subject: string, detail: string) =>
      findings.add({ code: 'principal_untold', tenant, subject, detail })
    const gone = new Map(this.#told)
    const sql = `SELECT did, role, ended FROM identities
      WHERE tenant_id = ? AND role IN ('admin', 'auditor', 'revoker') AND {after}`
    for await (const row of rowsOf(db, tenant, sql, 'did')) {
      const [did, role, isEnded] = [text(row, 'did'), text(row, 'role'), integer(row, 'ended') === 1]
      const told = this.#told.get(did)
      gone.delete(did)
      if (told === undefined ? isWhole : told.role !== role)
        add(did, `it is ${role}, and nothing tells that it became so`)
      else if (told !== undefined && told.isEnded !== isEnded) add(did, `it is ${role}, and ${endOf(told)}`)
    }
    for (const [did, { role }] of gone)
      add(did, `the trail tells that it became ${role}, and it is not known`)
  }

  #begin(did: string, role: string): void {
    this.#told.set(did, { role, isEnded: false })
  }

  /** Where the text that told of its beginning was removed, its role is not known either. */
  #end(did: string): void {
    const told = this.#told.get(did)
    if (told !== undefined) this.#told.set(did, { ...told, isEnded: true })
  }
}

function endOf({ isEnded }: ToldRole): string {
  return isEnded
    ? 'the trail tells that it was removed'
    : 'nothing tells that it was removed, as its row says'
}
