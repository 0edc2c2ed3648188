/** By which name an identity provider knows the human behind an owner, who sends security events about them, and what came (docs/signals.md). */
export const SIGNALS_SQL = `
ALTER TABLE owners ADD COLUMN subject_issuer TEXT;
ALTER TABLE owners ADD COLUMN subject TEXT CHECK ((subject IS NULL) = (subject_issuer IS NULL));
CREATE INDEX owners_by_subject ON owners (tenant_id, subject_issuer, subject) WHERE subject IS NOT NULL;

CREATE TABLE transmitters (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  transmitter_id TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject_issuer TEXT NOT NULL,
  audience TEXT NOT NULL,
  algorithm TEXT NOT NULL CHECK (algorithm IN ('RS256', 'PS256', 'ES256', 'EdDSA')),
  authorization_digest TEXT,
  poll_url TEXT,
  lifts INTEGER NOT NULL CHECK (lifts IN (0, 1)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, transmitter_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE transmitter_holds (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  transmitter_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  said_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, transmitter_id, owner_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE received_signals (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  issuer TEXT NOT NULL,
  jti TEXT NOT NULL,
  transmitter_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  outcome TEXT NOT NULL,
  owners INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, issuer, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX received_signals_by_age ON received_signals (received_at);
CREATE INDEX received_signals_by_transmitter ON received_signals (tenant_id, transmitter_id, outcome, received_at);

CREATE TRIGGER received_signals_fixed BEFORE UPDATE ON received_signals
BEGIN SELECT RAISE(ABORT, 'what came of a signal stays as it was'); END;
`
