/** Keys that are rotated: what each may do, since when and until when (docs/spec/08-lifecycle.md "Keys of the service"). */
export const KEYS_SQL = `
ALTER TABLE keys ADD COLUMN state TEXT NOT NULL DEFAULT 'active'
  CHECK (state IN ('prepared', 'active', 'retiring', 'revoked'));
ALTER TABLE keys ADD COLUMN activate_at INTEGER;
ALTER TABLE keys ADD COLUMN retired_at INTEGER;
ALTER TABLE keys ADD COLUMN revoke_at INTEGER;
ALTER TABLE keys ADD COLUMN rotate_after_days INTEGER CHECK (rotate_after_days BETWEEN 1 AND 366);

CREATE UNIQUE INDEX keys_one_active ON keys (tenant_id, use, (CASE use WHEN 'owner' THEN did ELSE '' END))
  WHERE state = 'active';
CREATE UNIQUE INDEX keys_one_prepared ON keys (tenant_id, use) WHERE state = 'prepared';
CREATE INDEX keys_of_service ON keys (state) WHERE use <> 'owner';

CREATE TRIGGER keys_forward BEFORE UPDATE ON keys
WHEN (CASE NEW.state WHEN 'prepared' THEN 0 WHEN 'active' THEN 1 WHEN 'retiring' THEN 2 ELSE 3 END)
   < (CASE OLD.state WHEN 'prepared' THEN 0 WHEN 'active' THEN 1 WHEN 'retiring' THEN 2 ELSE 3 END)
BEGIN SELECT RAISE(ABORT, 'a key never goes back'); END;
CREATE TRIGGER keys_fixed BEFORE UPDATE ON keys
WHEN NEW.tenant_id <> OLD.tenant_id OR NEW.key_id <> OLD.key_id OR NEW.use <> OLD.use
  OR coalesce(NEW.did, '') <> coalesce(OLD.did, '')
  OR (NEW.wrapped <> OLD.wrapped AND OLD.use <> 'data-encryption' AND length(NEW.wrapped) > 0)
BEGIN SELECT RAISE(ABORT, 'a key is never exchanged'); END;
CREATE TRIGGER keys_destroyed BEFORE UPDATE ON keys
WHEN (NEW.state = 'revoked') <> (length(NEW.wrapped) = 0)
BEGIN SELECT RAISE(ABORT, 'a revoked key is destroyed, and no other'); END;
CREATE TRIGGER keys_kept BEFORE DELETE ON keys WHEN OLD.use <> 'owner'
BEGIN SELECT RAISE(ABORT, 'a key of the service is never forgotten'); END;
`
