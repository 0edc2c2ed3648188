/**
 * Texts of old entries can go, where an entry tells of it and a checkpoint covers them: their hashes stay in the tree, so that everything
 * stays provable. Nothing else of the trail can change, or be deleted.
 */
export const AUDIT_REMOVALS_SQL = `
CREATE TABLE audit_removals (
  tenant_id text NOT NULL,
  last_seq bigint NOT NULL CHECK (last_seq > 0),
  -- The entry that tells of it.
  told_by bigint NOT NULL CHECK (told_by > last_seq),
  PRIMARY KEY (tenant_id, last_seq),
  FOREIGN KEY (tenant_id, told_by) REFERENCES audit
);
CREATE FUNCTION refuse_uncovered_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.last_seq >= coalesce((SELECT size FROM audit_checkpoints WHERE tenant_id = NEW.tenant_id), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = 'no text goes that no checkpoint covers';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_removals_covered BEFORE INSERT ON audit_removals
FOR EACH ROW EXECUTE FUNCTION refuse_uncovered_removal();
CREATE TRIGGER audit_removals_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_removals
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit trail is append-only');

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.tenant_id <> OLD.tenant_id OR NEW.seq <> OLD.seq OR NEW.hash <> OLD.hash OR NEW.entry <> ''
    OR NEW.owner_id IS NOT NULL OR NEW.agent_id IS NOT NULL
    OR NOT EXISTS (SELECT 1 FROM audit_removals WHERE tenant_id = OLD.tenant_id AND last_seq >= OLD.seq)
  THEN
    RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = 'the audit trail is append-only';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER audit_append_only ON audit;
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_kept BEFORE DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit trail is append-only');

ALTER TABLE audit_removals ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_removals FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON audit_removals USING (is_own(tenant_id));
`
