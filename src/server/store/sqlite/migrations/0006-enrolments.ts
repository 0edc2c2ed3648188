/** Places that are kept for agents; a ticket is known by its digest only, and is used once. */
export const ENROLMENTS_SQL = `
CREATE TABLE enrolments (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  enrolment_id TEXT NOT NULL,
  ticket_digest TEXT NOT NULL CHECK (length(ticket_digest) = 43),
  agent TEXT NOT NULL,
  delegation TEXT,
  created_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  redeemed_by TEXT,
  PRIMARY KEY (tenant_id, enrolment_id),
  UNIQUE (tenant_id, ticket_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolments_by_expiry ON enrolments (expires_at);
CREATE TRIGGER enrolments_once BEFORE UPDATE ON enrolments
WHEN OLD.redeemed_by IS NOT NULL OR NEW.expires_at <> OLD.expires_at OR NEW.ticket_digest <> OLD.ticket_digest
  OR NEW.agent <> OLD.agent OR NEW.delegation IS NOT OLD.delegation
BEGIN SELECT RAISE(ABORT, 'a ticket is used once, for what it was made for'); END;
`
