/** What becomes of a registry that was restored from a backup (docs/operations.md "Back up and restore"). */
export const CATCH_UP_SQL = `
-- Tenants that do not know what was done after the backup: nothing is published before they have caught up.
CREATE TABLE restorations (
  tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants,
  backup_at INTEGER NOT NULL,
  restored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE catch_ups (
  tenant_id TEXT NOT NULL,
  -- The entry that tells of it.
  told_by INTEGER NOT NULL,
  at INTEGER NOT NULL,
  -- The next head had at least this number.
  next_seq INTEGER NOT NULL CHECK (next_seq > 0),
  PRIMARY KEY (tenant_id, told_by),
  FOREIGN KEY (tenant_id, told_by) REFERENCES audit
) STRICT, WITHOUT ROWID;
CREATE TRIGGER catch_ups_fixed BEFORE UPDATE ON catch_ups
BEGIN SELECT RAISE(ABORT, 'what was caught up stays told'); END;
CREATE TRIGGER catch_ups_kept BEFORE DELETE ON catch_ups
BEGIN SELECT RAISE(ABORT, 'what was caught up stays told'); END;

-- Revocation bits that no row stands for: found published, or burned. MSB-first, 1 KiB a chunk, as in list_bits.
CREATE TABLE adopted_bits (
  tenant_id TEXT NOT NULL,
  list INTEGER NOT NULL,
  chunk INTEGER NOT NULL CHECK (chunk BETWEEN 0 AND 15),
  bits BLOB NOT NULL CHECK (length(bits) = 1024),
  PRIMARY KEY (tenant_id, list, chunk),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
) STRICT;
CREATE TRIGGER adopted_bits_terminal BEFORE UPDATE ON adopted_bits
WHEN clears_bits(OLD.bits, NEW.bits) OR NEW.list <> OLD.list OR NEW.chunk <> OLD.chunk OR NEW.tenant_id <> OLD.tenant_id
BEGIN SELECT RAISE(ABORT, 'a revocation bit is never cleared'); END;
CREATE TRIGGER adopted_bits_kept BEFORE DELETE ON adopted_bits
BEGIN SELECT RAISE(ABORT, 'a revocation bit is never cleared'); END;
`
