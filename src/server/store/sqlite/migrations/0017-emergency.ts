/** What counts no more, whatever was signed for it; and the list that says so, as it was signed last (docs/spec/05-status.md "Emergency list"). */
export const EMERGENCY_SQL = `
CREATE TABLE emergency_entries (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('key', 'owner', 'authority', 'drill')),
  name TEXT NOT NULL,
  reason TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, number),
  UNIQUE (tenant_id, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER emergency_kept BEFORE DELETE ON emergency_entries WHEN OLD.kind <> 'drill'
BEGIN SELECT RAISE(ABORT, 'what the emergency list names stays in it'); END;
CREATE TRIGGER emergency_fixed BEFORE UPDATE ON emergency_entries
BEGIN SELECT RAISE(ABORT, 'what the emergency list names stays in it'); END;

CREATE TABLE emergency_lists (
  tenant_id TEXT PRIMARY KEY REFERENCES tenants,
  seq INTEGER NOT NULL,
  digest TEXT NOT NULL,
  last_entry INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  jwt TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`
