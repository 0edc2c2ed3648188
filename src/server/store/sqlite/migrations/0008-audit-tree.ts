/** The Merkle tree over each tenant's audit trail, as tiles that only grow, and its newest checkpoint. */
export const AUDIT_TREE_SQL = `
CREATE TABLE audit_tiles (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 6),
  idx INTEGER NOT NULL CHECK (idx >= 0),
  hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (tenant_id, level, idx)
) STRICT;
CREATE TRIGGER audit_tiles_grow BEFORE UPDATE ON audit_tiles
WHEN NEW.tenant_id <> OLD.tenant_id OR NEW.level <> OLD.level OR NEW.idx <> OLD.idx
  OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes
BEGIN SELECT RAISE(ABORT, 'the audit tree only grows'); END;
CREATE TRIGGER audit_tiles_kept BEFORE DELETE ON audit_tiles
BEGIN SELECT RAISE(ABORT, 'the audit tree only grows'); END;

CREATE TABLE audit_checkpoints (
  tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants,
  size INTEGER NOT NULL CHECK (size > 0),
  note TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER audit_checkpoints_forward BEFORE UPDATE ON audit_checkpoints
WHEN NEW.tenant_id <> OLD.tenant_id OR NEW.size <= OLD.size
BEGIN SELECT RAISE(ABORT, 'a checkpoint never goes back'); END;
CREATE TRIGGER audit_checkpoints_kept BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'a checkpoint never goes back'); END;
`
