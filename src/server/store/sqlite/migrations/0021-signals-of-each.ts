/**
 * The same event may come from several transmitters of one issuer, and something come of it for one of them alone. A key of this database is
 * changed by making the table anew.
 */
export const SIGNALS_OF_EACH_SQL = `
CREATE TABLE received_signals_next (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  issuer TEXT NOT NULL,
  jti TEXT NOT NULL,
  transmitter_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  outcome TEXT NOT NULL,
  owners INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, issuer, jti, transmitter_id)
) STRICT, WITHOUT ROWID;
INSERT INTO received_signals_next (tenant_id, issuer, jti, transmitter_id, digest, outcome, owners, received_at)
  SELECT tenant_id, issuer, jti, transmitter_id, digest, outcome, owners, received_at FROM received_signals;
DROP TABLE received_signals;
ALTER TABLE received_signals_next RENAME TO received_signals;

CREATE INDEX received_signals_by_age ON received_signals (received_at);
CREATE INDEX received_signals_by_transmitter ON received_signals (tenant_id, transmitter_id, outcome, received_at);

CREATE TRIGGER received_signals_fixed BEFORE UPDATE ON received_signals
BEGIN SELECT RAISE(ABORT, 'what came of a signal stays as it was'); END;
`
