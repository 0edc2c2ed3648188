/**
 * Which entries of the audit trail revoked an index that was leased to a delegation, so that they are found without reading the others
 * of its agent, which are as many as the agent likes.
 */
export const LEASE_REVOCATIONS_SQL = `
CREATE TABLE lease_revocations (
  tenant_id TEXT NOT NULL,
  delegation_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, delegation_id, seq),
  FOREIGN KEY (tenant_id, seq) REFERENCES audit
) STRICT, WITHOUT ROWID;
INSERT INTO lease_revocations (tenant_id, delegation_id, seq)
  SELECT tenant_id, coalesce(entry ->> '$.details.delegation', ''), seq FROM audit
  WHERE entry LIKE '%"action":"lease.revoke"%';
`
