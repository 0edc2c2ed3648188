import { encodeBase64 } from '../../core/base64.ts'
import { encodeJcs } from '../../core/jcs.ts'
import type { StoredCheckpoint } from '../../issuer/audit-store.ts'
import type { Issuer } from '../../issuer/issuer.ts'
import type { Store } from '../../issuer/ports.ts'
import type { AuditEntry, Tenant } from '../../issuer/records.ts'
import { auditTree } from './grow-tree.ts'
import { stateAuditKey } from './key-statement.ts'

/** Entries of one page of an export. */
const PAGE_ENTRIES = 500

/** A page that has so many characters takes no further entry. */
const PAGE_CHARS = 1024 * 1024

/**
 * What stands in a line: an entry, the hash of the leaf of one whose text was removed, or a checkpoint of all lines before with
 * the word of the authority for its key.
 */
export type ExportLine =
  | AuditEntry
  | { readonly seq: number; readonly removed: true; readonly leaf: string }
  | { readonly checkpoint: string; readonly signer?: string }

/** A line of an export, RFC 8785, with its line feed: each has exactly one text. */
export function writeExportLine(line: ExportLine): string {
  return `${new TextDecoder().decode(encodeJcs(line))}\n`
}

/**
 * The next lines of an export: entries after number `after` up to the checkpoint's last one, as many as fit a page. When none
 * is left, the checkpoint closes it.
 */
export async function exportPage(
  issuer: Pick<Issuer, 'store' | 'keys' | 'clock'>,
  tenant: Tenant,
  after: number,
  held: StoredCheckpoint,
): Promise<string> {
  const { text, seq } = await entryLines(issuer.store, tenant.id, after, held)
  if (seq < held.size) return text
  const signer = await stateAuditKey(issuer, tenant, held.note)
  return text + writeExportLine({ checkpoint: held.note, ...(signer !== undefined && { signer }) })
}

async function entryLines(
  store: Store,
  tenant: string,
  after: number,
  held: StoredCheckpoint,
): Promise<{ readonly text: string; readonly seq: number }> {
  const end = Math.min(after + PAGE_ENTRIES, held.size)
  const page = { limit: PAGE_ENTRIES, after: String(after) }
  const entries = new Map((await store.audit(tenant, {}, page)).items.map((entry) => [entry.seq, entry]))
  const tree = auditTree(store, tenant)
  let text = ''
  let seq = after
  while (seq < end && text.length < PAGE_CHARS) {
    seq += 1
    const entry = entries.get(seq)
    text += writeExportLine(entry ?? { seq, removed: true, leaf: encodeBase64(await tree.leafHash(seq - 1)) })
  }
  return { text, seq }
}
