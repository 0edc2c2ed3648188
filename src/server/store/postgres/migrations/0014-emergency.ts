/** What counts no more, whatever was signed for it; see the embedded database's text. */
export const EMERGENCY_SQL = `
CREATE TABLE emergency_entries (
  tenant_id text NOT NULL REFERENCES tenants,
  number bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('key', 'owner', 'authority', 'drill')),
  name text NOT NULL,
  reason text NOT NULL,
  added_at bigint NOT NULL,
  PRIMARY KEY (tenant_id, number),
  UNIQUE (tenant_id, kind, name)
);
CREATE TRIGGER emergency_kept BEFORE DELETE ON emergency_entries FOR EACH ROW
WHEN (OLD.kind <> 'drill') EXECUTE FUNCTION refuse('what the emergency list names stays in it');
CREATE TRIGGER emergency_fixed BEFORE UPDATE OR TRUNCATE ON emergency_entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what the emergency list names stays in it');

CREATE TABLE emergency_lists (
  tenant_id text PRIMARY KEY REFERENCES tenants,
  seq bigint NOT NULL,
  digest text NOT NULL,
  last_entry bigint NOT NULL,
  key_id text NOT NULL,
  jwt text NOT NULL
);
ALTER TABLE emergency_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE emergency_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON emergency_entries USING (is_own(tenant_id));
ALTER TABLE emergency_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE emergency_lists FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON emergency_lists USING (is_own(tenant_id));
`
