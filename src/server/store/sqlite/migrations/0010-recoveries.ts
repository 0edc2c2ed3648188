/** Administrators that were made on the host, until a log has told of them. */
export const RECOVERIES_SQL = `
CREATE TABLE recoveries (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  did TEXT NOT NULL,
  replaced TEXT,
  PRIMARY KEY (tenant_id, did)
) STRICT, WITHOUT ROWID;
`
