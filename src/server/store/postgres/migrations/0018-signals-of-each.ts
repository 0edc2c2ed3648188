/** The same event may come from several transmitters of one issuer; see the embedded database's text. */
export const SIGNALS_OF_EACH_SQL = `
ALTER TABLE received_signals DROP CONSTRAINT received_signals_pkey;
ALTER TABLE received_signals ADD PRIMARY KEY (tenant_id, issuer, jti, transmitter_id);
`
