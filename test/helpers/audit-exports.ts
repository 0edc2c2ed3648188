import { merkleRootOfHashes } from '../../src/core/merkle.ts'
import type { AuditEntry } from '../../src/issuer/records.ts'
import type { Signer } from '../../src/model/signer.ts'
import { signCheckpoint } from '../../src/server/audit/checkpoint.ts'
import { writeExportLine } from '../../src/server/audit/export-lines.ts'
import { leafHashOf } from '../../src/server/audit/grow-tree.ts'
import { AUDIT_GENESIS, hashAuditEntry } from '../../src/server/store/audit-chain.ts'

/** Whose trail it is. */
export const AUDIT_ORIGIN = 'id.example/audit/acme'

/** A trail of so many entries; another `reason` is another history. */
export function trailOf(count: number, reason = 'because', tenant = 'acme'): AuditEntry[] {
  const entries: AuditEntry[] = []
  for (let seq = 1; seq <= count; seq++) {
    entries.push(chained(entries.at(-1)?.hash, { ...contentOf(seq, tenant), details: { reason } }))
  }
  return entries
}

/** An entry that follows from one with this hash. */
export function chained(hash: string | undefined, content: Omit<AuditEntry, 'hash' | 'prev'>): AuditEntry {
  const entry = { ...content, prev: hash ?? AUDIT_GENESIS }
  return { ...entry, hash: hashAuditEntry(entry) }
}

export function contentOf(seq: number, tenant = 'acme'): Omit<AuditEntry, 'hash' | 'prev'> {
  return {
    tenant,
    seq,
    at: 1_000 * seq,
    actor: 'did:key:zAdmin',
    role: 'admin',
    action: 'agent.revoke',
    target: `agt_${seq}`,
    requestId: `req-${seq}`,
    details: {},
  }
}

/** The checkpoint of these entries. */
export function checkpointOf(
  entries: readonly AuditEntry[],
  signer: Signer,
  origin: string = AUDIT_ORIGIN,
): Promise<string> {
  const root = merkleRootOfHashes(entries.map(leafHashOf))
  return signCheckpoint({ origin, size: entries.length, root }, signer)
}

/** An export as the service writes it. */
export async function exportOf(entries: readonly AuditEntry[], signer: Signer): Promise<string> {
  const closing = writeExportLine({ checkpoint: await checkpointOf(entries, signer) })
  return entries.map(writeExportLine).join('') + closing
}
