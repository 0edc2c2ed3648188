/** Keys that are rotated; see the embedded database's text. */
export const KEYS_SQL = `
ALTER TABLE keys
  ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('prepared', 'active', 'retiring', 'revoked')),
  ADD COLUMN activate_at bigint,
  ADD COLUMN retired_at bigint,
  ADD COLUMN revoke_at bigint,
  ADD COLUMN rotate_after_days bigint CHECK (rotate_after_days BETWEEN 1 AND 366);

CREATE UNIQUE INDEX keys_one_active ON keys (tenant_id, use, (CASE use WHEN 'owner' THEN did ELSE '' END))
  WHERE state = 'active';
CREATE UNIQUE INDEX keys_one_prepared ON keys (tenant_id, use) WHERE state = 'prepared';
CREATE INDEX keys_of_service ON keys (state) WHERE use <> 'owner';

CREATE TRIGGER keys_forward BEFORE UPDATE ON keys FOR EACH ROW
WHEN ((CASE NEW.state WHEN 'prepared' THEN 0 WHEN 'active' THEN 1 WHEN 'retiring' THEN 2 ELSE 3 END)
    < (CASE OLD.state WHEN 'prepared' THEN 0 WHEN 'active' THEN 1 WHEN 'retiring' THEN 2 ELSE 3 END))
EXECUTE FUNCTION refuse('a key never goes back');
CREATE TRIGGER keys_fixed BEFORE UPDATE ON keys FOR EACH ROW
WHEN (NEW.tenant_id <> OLD.tenant_id OR NEW.key_id <> OLD.key_id OR NEW.use <> OLD.use
  OR NEW.did IS DISTINCT FROM OLD.did
  OR (NEW.wrapped <> OLD.wrapped AND OLD.use <> 'data-encryption' AND length(NEW.wrapped) > 0))
EXECUTE FUNCTION refuse('a key is never exchanged');
CREATE TRIGGER keys_destroyed BEFORE UPDATE ON keys FOR EACH ROW
WHEN ((NEW.state = 'revoked') <> (length(NEW.wrapped) = 0))
EXECUTE FUNCTION refuse('a revoked key is destroyed, and no other');
CREATE TRIGGER keys_kept BEFORE DELETE ON keys FOR EACH ROW
WHEN (OLD.use <> 'owner') EXECUTE FUNCTION refuse('a key of the service is never forgotten');
CREATE TRIGGER keys_not_emptied BEFORE TRUNCATE ON keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a key of the service is never forgotten');
`
