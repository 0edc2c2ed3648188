/** The audit trail, what is still to be published, and what makes requests safe to repeat. */
export const TRAIL_SQL = `
CREATE TABLE audit (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  seq INTEGER NOT NULL CHECK (seq > 0),
  -- Copies of what the entry says, to find it by.
  owner_id TEXT,
  agent_id TEXT,
  entry TEXT NOT NULL,
  hash TEXT NOT NULL CHECK (length(hash) = 43),
  PRIMARY KEY (tenant_id, seq)
) STRICT;
CREATE INDEX audit_by_owner ON audit (tenant_id, owner_id, seq) WHERE owner_id IS NOT NULL;
CREATE INDEX audit_by_agent ON audit (tenant_id, agent_id, seq) WHERE agent_id IS NOT NULL;
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- A status change that no publication shows yet, by the audit entry that made it.
CREATE TABLE outbox (
  tenant_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, seq),
  FOREIGN KEY (tenant_id, seq) REFERENCES audit
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  did TEXT NOT NULL,
  key TEXT NOT NULL,
  command TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, did, key, command)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Of all tenants: who signed is not known before the nonce is taken, and the key says so anyway.
CREATE TABLE nonces (
  key TEXT NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_expiry ON nonces (expires_at);
`
