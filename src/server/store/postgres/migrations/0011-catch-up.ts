/** What becomes of a registry that was restored from a backup; see the embedded database's text. */
export const CATCH_UP_SQL = `
CREATE TABLE restorations (
  tenant_id text PRIMARY KEY REFERENCES tenants,
  backup_at bigint NOT NULL,
  restored_at bigint NOT NULL
);

CREATE TABLE catch_ups (
  tenant_id text NOT NULL,
  -- The entry that tells of it.
  told_by bigint NOT NULL,
  at bigint NOT NULL,
  -- The next head had at least this number.
  next_seq bigint NOT NULL CHECK (next_seq > 0),
  PRIMARY KEY (tenant_id, told_by),
  FOREIGN KEY (tenant_id, told_by) REFERENCES audit
);
CREATE TRIGGER catch_ups_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON catch_ups
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what was caught up stays told');

CREATE TABLE adopted_bits (
  tenant_id text NOT NULL,
  list integer NOT NULL,
  chunk integer NOT NULL CHECK (chunk BETWEEN 0 AND 15),
  bits bytea NOT NULL CHECK (length(bits) = 1024),
  PRIMARY KEY (tenant_id, list, chunk),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
);
CREATE TRIGGER adopted_bits_terminal BEFORE UPDATE ON adopted_bits FOR EACH ROW
WHEN (clears_bits(OLD.bits, NEW.bits)
  OR NEW.list <> OLD.list OR NEW.chunk <> OLD.chunk OR NEW.tenant_id <> OLD.tenant_id)
EXECUTE FUNCTION refuse('a revocation bit is never cleared');
CREATE TRIGGER adopted_bits_kept BEFORE DELETE OR TRUNCATE ON adopted_bits
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a revocation bit is never cleared');

ALTER TABLE restorations ENABLE ROW LEVEL SECURITY;
ALTER TABLE restorations FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON restorations USING (is_own(tenant_id));
ALTER TABLE catch_ups ENABLE ROW LEVEL SECURITY;
ALTER TABLE catch_ups FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON catch_ups USING (is_own(tenant_id));
ALTER TABLE adopted_bits ENABLE ROW LEVEL SECURITY;
ALTER TABLE adopted_bits FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON adopted_bits USING (is_own(tenant_id));
`
