/** What changed in the lists, by slices of time; see the embedded database's text. */
export const CHANGES_SQL = `
CREATE TABLE changes (
  tenant_id text NOT NULL REFERENCES tenants,
  slice bigint NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (tenant_id, slice)
);
ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE changes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON changes USING (is_own(tenant_id));
`
