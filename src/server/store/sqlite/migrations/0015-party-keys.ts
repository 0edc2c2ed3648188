/** How old the keys of owners and agents may become, by tenant, and since when each has its key: NULL since it was made. */
export const PARTY_KEYS_SQL = `
ALTER TABLE tenants ADD COLUMN owner_key_days INTEGER CHECK (owner_key_days BETWEEN 1 AND 366);
ALTER TABLE tenants ADD COLUMN agent_key_days INTEGER CHECK (agent_key_days BETWEEN 1 AND 366);
ALTER TABLE owners ADD COLUMN keyed_at INTEGER;
ALTER TABLE agents ADD COLUMN keyed_at INTEGER;

CREATE INDEX owners_by_key_age ON owners (tenant_id, coalesce(keyed_at, created_at), owner_id) WHERE state = 'active';

CREATE TRIGGER owners_key_age BEFORE UPDATE OF keyed_at ON owners
WHEN NEW.did = OLD.did AND NEW.keyed_at IS NOT OLD.keyed_at
BEGIN SELECT RAISE(ABORT, 'only another key is younger'); END;
CREATE TRIGGER agents_key_age BEFORE UPDATE OF keyed_at ON agents
WHEN NEW.did = OLD.did AND NEW.keyed_at IS NOT OLD.keyed_at
BEGIN SELECT RAISE(ABORT, 'only another key is younger'); END;
`
