/** What all tenants share; one row. And whose turn it is to publish, where several processes could. */
export const SERVICE_SQL = `
CREATE TABLE service (
  place INTEGER NOT NULL PRIMARY KEY CHECK (place = 1),
  origin TEXT NOT NULL
) STRICT;
CREATE TRIGGER service_fixed BEFORE UPDATE ON service
BEGIN SELECT RAISE(ABORT, 'the origin stands in every credential'); END;
CREATE TRIGGER service_kept BEFORE DELETE ON service
BEGIN SELECT RAISE(ABORT, 'the origin stands in every credential'); END;

CREATE TABLE publishers (
  tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants,
  holder TEXT NOT NULL,
  held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`
