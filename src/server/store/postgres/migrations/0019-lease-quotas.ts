/** Leased indexes are counted by owner; see the embedded database's text. */
export const LEASE_QUOTAS_SQL = `
DROP INDEX credentials_leasing;
CREATE INDEX credentials_leasing ON credentials (tenant_id, owner_id,
  (CASE WHEN pending_until > valid_until THEN pending_until ELSE valid_until END))
  WHERE lease_count > 0 AND state <> 'revoked' AND ends_at IS NULL;
`
