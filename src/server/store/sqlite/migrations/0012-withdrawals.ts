/** Tickets that were withdrawn before anybody used them, and whose they are. */
export const WITHDRAWALS_SQL = `
DROP TRIGGER enrolments_once;
ALTER TABLE enrolments ADD COLUMN withdrawn_by TEXT CHECK (withdrawn_by IS NULL OR redeemed_by IS NULL);
ALTER TABLE enrolments ADD COLUMN owner_id TEXT NOT NULL DEFAULT '';
UPDATE enrolments SET owner_id = agent ->> 'ownerId';
CREATE TRIGGER enrolments_once BEFORE UPDATE ON enrolments
WHEN OLD.redeemed_by IS NOT NULL OR OLD.withdrawn_by IS NOT NULL OR NEW.expires_at <> OLD.expires_at
  OR NEW.ticket_digest <> OLD.ticket_digest OR NEW.agent <> OLD.agent OR NEW.delegation IS NOT OLD.delegation
  OR NEW.owner_id <> OLD.owner_id
BEGIN SELECT RAISE(ABORT, 'a ticket is used once, for what it was made for'); END;
`
