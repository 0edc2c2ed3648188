/** The audit trail, what is still to be published, and what makes requests safe to repeat. */
export const TRAIL_SQL = `
CREATE TABLE audit (
  tenant_id text NOT NULL REFERENCES tenants,
  seq bigint NOT NULL CHECK (seq > 0),
  -- Copies of what the entry says, to find it by.
  owner_id text,
  agent_id text,
  entry text NOT NULL,
  hash text NOT NULL CHECK (length(hash) = 43),
  PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_by_owner ON audit (tenant_id, owner_id, seq) WHERE owner_id IS NOT NULL;
CREATE INDEX audit_by_agent ON audit (tenant_id, agent_id, seq) WHERE agent_id IS NOT NULL;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the audit trail is append-only');

CREATE TABLE outbox (
  tenant_id text NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (tenant_id, seq),
  FOREIGN KEY (tenant_id, seq) REFERENCES audit
);
-- Whoever publishes hears of it with the commit; one notice for all changes of a transaction.
CREATE FUNCTION tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('procura_status', NEW.tenant_id);
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_told AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION tell_change();

CREATE TABLE idempotency (
  tenant_id text NOT NULL REFERENCES tenants,
  did text NOT NULL,
  key text NOT NULL,
  command text NOT NULL,
  request_digest text NOT NULL,
  resource_id text NOT NULL,
  created_at bigint NOT NULL,
  PRIMARY KEY (tenant_id, did, key, command)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Of all tenants: who signed is not known before the nonce is taken, and the key says so anyway.
CREATE TABLE nonces (
  key text PRIMARY KEY,
  expires_at bigint NOT NULL
);
CREATE INDEX nonces_by_expiry ON nonces (expires_at);
`
