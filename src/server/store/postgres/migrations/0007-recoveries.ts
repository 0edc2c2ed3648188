/** See the embedded database's text. */
export const RECOVERIES_SQL = `
CREATE TABLE recoveries (
  tenant_id text NOT NULL REFERENCES tenants,
  did text NOT NULL,
  replaced text,
  PRIMARY KEY (tenant_id, did)
);
ALTER TABLE recoveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE recoveries FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON recoveries USING (is_own(tenant_id));
`
