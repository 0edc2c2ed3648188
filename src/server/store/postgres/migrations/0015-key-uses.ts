/** Further uses of keys; see the embedded database's text. */
export const KEY_USES_SQL = `
ALTER TABLE keys DROP CONSTRAINT keys_use_check;
ALTER TABLE keys ADD CONSTRAINT keys_use_check
  CHECK (use IN ('data-encryption', 'authority', 'status', 'audit', 'owner', 'webhook', 'security-event'));
`
