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
  fence INTEGER NOT NULL,
  held_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER publishers_forward BEFORE UPDATE ON publishers
WHEN NEW.fence < OLD.fence OR (NEW.fence = OLD.fence AND NEW.holder <> OLD.holder)
BEGIN SELECT RAISE(ABORT, 'a lease never goes back'); END;
CREATE TRIGGER publishers_kept BEFORE DELETE ON publishers
BEGIN SELECT RAISE(ABORT, 'a lease never goes back'); END;
`
