/** Who sends security events, and what came; see the embedded database's text. */
export const SIGNALS_SQL = `
ALTER TABLE owners ADD COLUMN subject_issuer text;
ALTER TABLE owners ADD COLUMN subject text CHECK ((subject IS NULL) = (subject_issuer IS NULL));
CREATE INDEX owners_by_subject ON owners (tenant_id, subject_issuer, subject) WHERE subject IS NOT NULL;

CREATE TABLE transmitters (
  tenant_id text NOT NULL REFERENCES tenants,
  transmitter_id text NOT NULL,
  issuer text NOT NULL,
  subject_issuer text NOT NULL,
  audience text NOT NULL,
  algorithm text NOT NULL CHECK (algorithm IN ('RS256', 'PS256', 'ES256', 'EdDSA')),
  authorization_digest text,
  poll_url text,
  lifts bigint NOT NULL CHECK (lifts IN (0, 1)),
  created_at bigint NOT NULL,
  PRIMARY KEY (tenant_id, transmitter_id)
);

CREATE TABLE transmitter_holds (
  tenant_id text NOT NULL REFERENCES tenants,
  transmitter_id text NOT NULL,
  owner_id text NOT NULL,
  said_at bigint NOT NULL,
  PRIMARY KEY (tenant_id, transmitter_id, owner_id)
);

CREATE TABLE received_signals (
  tenant_id text NOT NULL REFERENCES tenants,
  issuer text NOT NULL,
  jti text NOT NULL,
  transmitter_id text NOT NULL,
  digest text NOT NULL,
  outcome text NOT NULL,
  owners bigint NOT NULL,
  received_at bigint NOT NULL,
  PRIMARY KEY (tenant_id, issuer, jti)
);
CREATE INDEX received_signals_by_age ON received_signals (received_at);
CREATE INDEX received_signals_by_transmitter ON received_signals (tenant_id, transmitter_id, outcome, received_at);
CREATE TRIGGER received_signals_fixed BEFORE UPDATE OR TRUNCATE ON received_signals
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what came of a signal stays as it was');

ALTER TABLE transmitters ENABLE ROW LEVEL SECURITY;
ALTER TABLE transmitters FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON transmitters USING (is_own(tenant_id));
ALTER TABLE transmitter_holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE transmitter_holds FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON transmitter_holds USING (is_own(tenant_id));
ALTER TABLE received_signals ENABLE ROW LEVEL SECURITY;
ALTER TABLE received_signals FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON received_signals USING (is_own(tenant_id));
`
