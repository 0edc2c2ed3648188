/** Entries of the audit trail that revoked leased indexes; see the embedded database's text. */
export const LEASE_REVOCATIONS_SQL = `
CREATE TABLE lease_revocations (
  tenant_id text NOT NULL,
  delegation_id text NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (tenant_id, delegation_id, seq),
  FOREIGN KEY (tenant_id, seq) REFERENCES audit
);
INSERT INTO lease_revocations (tenant_id, delegation_id, seq)
  SELECT tenant_id, coalesce(entry::json #>> '{details,delegation}', ''), seq FROM audit
  WHERE entry LIKE '%"action":"lease.revoke"%';
ALTER TABLE lease_revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE lease_revocations FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON lease_revocations USING (is_own(tenant_id));
`
