/** What changed in the lists, by slices of time: for those who follow the head (docs/spec/05-status.md "Changes"). */
export const CHANGES_SQL = `
CREATE TABLE changes (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  slice INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant_id, slice)
) STRICT, WITHOUT ROWID;
`
