/**
 * Texts of old entries can go, where an entry tells of it and a checkpoint covers them: their hashes stay in the tree, so that everything
 * stays provable. Nothing else of the trail can change, or be deleted.
 */
export const AUDIT_REMOVALS_SQL = `
CREATE TABLE audit_removals (
  tenant_id TEXT NOT NULL,
  last_seq INTEGER NOT NULL CHECK (last_seq > 0),
  -- The entry that tells of it.
  told_by INTEGER NOT NULL CHECK (told_by > last_seq),
  PRIMARY KEY (tenant_id, last_seq),
  FOREIGN KEY (tenant_id, told_by) REFERENCES audit
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_removals_covered BEFORE INSERT ON audit_removals
WHEN NEW.last_seq >= coalesce((SELECT size FROM audit_checkpoints WHERE tenant_id = NEW.tenant_id), 0)
BEGIN SELECT RAISE(ABORT, 'no text goes that no checkpoint covers'); END;
CREATE TRIGGER audit_removals_fixed BEFORE UPDATE ON audit_removals
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_removals_kept BEFORE DELETE ON audit_removals
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

DROP TRIGGER audit_append_only;
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
WHEN NEW.tenant_id <> OLD.tenant_id OR NEW.seq <> OLD.seq OR NEW.hash <> OLD.hash OR NEW.entry <> ''
  OR NEW.owner_id IS NOT NULL OR NEW.agent_id IS NOT NULL
  OR NOT EXISTS (SELECT 1 FROM audit_removals WHERE tenant_id = OLD.tenant_id AND last_seq >= OLD.seq)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
`
