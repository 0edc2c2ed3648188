/** The Merkle tree over each tenant's audit trail, as tiles that only grow, and its newest checkpoint. */
export const AUDIT_TREE_SQL = `
CREATE TABLE audit_tiles (
  tenant_id text NOT NULL REFERENCES tenants,
  level integer NOT NULL CHECK (level BETWEEN 0 AND 6),
  idx bigint NOT NULL CHECK (idx >= 0),
  hashes bytea NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
  PRIMARY KEY (tenant_id, level, idx)
);
CREATE TRIGGER audit_tiles_grow BEFORE UPDATE ON audit_tiles FOR EACH ROW
WHEN (NEW.tenant_id <> OLD.tenant_id OR NEW.level <> OLD.level OR NEW.idx <> OLD.idx
  OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes)
EXECUTE FUNCTION refuse('the audit tree only grows');
CREATE TRIGGER audit_tiles_kept BEFORE DELETE OR TRUNCATE ON audit_tiles
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit tree only grows');

CREATE TABLE audit_checkpoints (
  tenant_id text PRIMARY KEY REFERENCES tenants,
  size bigint NOT NULL CHECK (size > 0),
  note text NOT NULL,
  at bigint NOT NULL
);
CREATE TRIGGER audit_checkpoints_forward BEFORE UPDATE ON audit_checkpoints FOR EACH ROW
WHEN (NEW.tenant_id <> OLD.tenant_id OR NEW.size <= OLD.size)
EXECUTE FUNCTION refuse('a checkpoint never goes back');
CREATE TRIGGER audit_checkpoints_kept BEFORE DELETE OR TRUNCATE ON audit_checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a checkpoint never goes back');

ALTER TABLE audit_tiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_tiles FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON audit_tiles USING (is_own(tenant_id));
ALTER TABLE audit_checkpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_checkpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON audit_checkpoints USING (is_own(tenant_id));
`
