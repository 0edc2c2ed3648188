/** See the embedded database's text. */
export const ENROLMENTS_SQL = `
CREATE TABLE enrolments (
  tenant_id text NOT NULL REFERENCES tenants,
  enrolment_id text NOT NULL,
  ticket_digest text NOT NULL CHECK (length(ticket_digest) = 43),
  agent text NOT NULL,
  delegation text,
  created_by text NOT NULL,
  expires_at bigint NOT NULL,
  redeemed_by text,
  PRIMARY KEY (tenant_id, enrolment_id),
  UNIQUE (tenant_id, ticket_digest)
);
CREATE INDEX enrolments_by_expiry ON enrolments (expires_at);
CREATE TRIGGER enrolments_once BEFORE UPDATE ON enrolments FOR EACH ROW
WHEN (OLD.redeemed_by IS NOT NULL OR NEW.expires_at <> OLD.expires_at OR NEW.ticket_digest <> OLD.ticket_digest
  OR NEW.agent <> OLD.agent OR NEW.delegation IS DISTINCT FROM OLD.delegation)
EXECUTE FUNCTION refuse('a ticket is used once, for what it was made for');
ALTER TABLE enrolments ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrolments FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON enrolments USING (is_own(tenant_id));
`
