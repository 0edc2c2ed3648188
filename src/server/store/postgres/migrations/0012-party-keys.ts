/** How old the keys of owners and agents may become; see the embedded database's text. */
export const PARTY_KEYS_SQL = `
ALTER TABLE tenants
  ADD COLUMN owner_key_days bigint CHECK (owner_key_days BETWEEN 1 AND 366),
  ADD COLUMN agent_key_days bigint CHECK (agent_key_days BETWEEN 1 AND 366);
ALTER TABLE owners ADD COLUMN keyed_at bigint;
ALTER TABLE agents ADD COLUMN keyed_at bigint;

CREATE INDEX owners_by_key_age ON owners (tenant_id, coalesce(keyed_at, created_at), owner_id) WHERE state = 'active';

CREATE TRIGGER owners_key_age BEFORE UPDATE OF keyed_at ON owners FOR EACH ROW
WHEN (NEW.did = OLD.did AND NEW.keyed_at IS DISTINCT FROM OLD.keyed_at)
EXECUTE FUNCTION refuse('only another key is younger');
CREATE TRIGGER agents_key_age BEFORE UPDATE OF keyed_at ON agents FOR EACH ROW
WHEN (NEW.did = OLD.did AND NEW.keyed_at IS DISTINCT FROM OLD.keyed_at)
EXECUTE FUNCTION refuse('only another key is younger');
`
