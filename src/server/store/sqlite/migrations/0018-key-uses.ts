/**
 * Further uses of keys: what tells others of events is signed with keys that sign nothing else. A constraint of this database is changed
 * by making the table anew, with all that keeps keys from going back, being exchanged and being forgotten.
 */
export const KEY_USES_SQL = `
CREATE TABLE keys_next (
  tenant_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  use TEXT NOT NULL CHECK (use IN ('data-encryption', 'authority', 'status', 'audit', 'owner', 'webhook', 'security-event')),
  did TEXT CHECK ((use = 'data-encryption') = (did IS NULL)),
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('prepared', 'active', 'retiring', 'revoked')),
  activate_at INTEGER,
  retired_at INTEGER,
  revoke_at INTEGER,
  rotate_after_days INTEGER CHECK (rotate_after_days BETWEEN 1 AND 366),
  PRIMARY KEY (tenant_id, key_id)
) STRICT;
INSERT INTO keys_next (tenant_id, key_id, use, did, wrapped, created_at, state, activate_at, retired_at, revoke_at, rotate_after_days)
  SELECT tenant_id, key_id, use, did, wrapped, created_at, state, activate_at, retired_at, revoke_at, rotate_after_days
  FROM keys ORDER BY rowid;
DROP TABLE keys;
ALTER TABLE keys_next RENAME TO keys;

CREATE INDEX keys_by_use ON keys (tenant_id, use, did);
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
