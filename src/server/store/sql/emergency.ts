import type { EmergencyEntry, EmergencyKind, EmergencyStore } from '../../../issuer/emergency-store.ts'
import type { Database, Row } from './database.ts'
import { integer, present, text, word } from './row.ts'

/** See `EmergencyStore.emergency`. */
export async function readEmergency(db: Database, tenant: string): ReturnType<EmergencyStore['emergency']> {
  const sql = 'SELECT * FROM emergency_entries WHERE tenant_id = ? ORDER BY number'
  const entries = (await db.all(sql, tenant)).map(emergencyEntryOf)
  const row = await db.get('SELECT * FROM emergency_lists WHERE tenant_id = ?', tenant)
  return { entries, ...present({ published: row && publishedOf(row) }) }
}

function publishedOf(row: Row) {
  return {
    seq: integer(row, 'seq'),
    digest: text(row, 'digest'),
    lastEntry: integer(row, 'last_entry'),
    keyId: text(row, 'key_id'),
    jwt: text(row, 'jwt'),
  }
}

function emergencyEntryOf(row: Row): EmergencyEntry {
  return {
    number: integer(row, 'number'),
    kind: word<EmergencyKind>(row, 'kind'),
    name: text(row, 'name'),
    reason: text(row, 'reason'),
    addedAt: integer(row, 'added_at'),
  }
}
