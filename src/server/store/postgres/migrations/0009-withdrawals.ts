/** See the embedded database's text. */
export const WITHDRAWALS_SQL = `
DROP TRIGGER enrolments_once ON enrolments;
ALTER TABLE enrolments ADD COLUMN withdrawn_by text CHECK (withdrawn_by IS NULL OR redeemed_by IS NULL);
ALTER TABLE enrolments ADD COLUMN owner_id text NOT NULL DEFAULT '';
ALTER TABLE enrolments NO FORCE ROW LEVEL SECURITY;
UPDATE enrolments SET owner_id = agent::json ->> 'ownerId';
ALTER TABLE enrolments FORCE ROW LEVEL SECURITY;
CREATE TRIGGER enrolments_once BEFORE UPDATE ON enrolments FOR EACH ROW
WHEN (OLD.redeemed_by IS NOT NULL OR OLD.withdrawn_by IS NOT NULL OR NEW.expires_at <> OLD.expires_at
  OR NEW.ticket_digest <> OLD.ticket_digest OR NEW.agent <> OLD.agent OR NEW.delegation IS DISTINCT FROM OLD.delegation
  OR NEW.owner_id <> OLD.owner_id)
EXECUTE FUNCTION refuse('a ticket is used once, for what it was made for');
`
