/** Credentials that take the place of others: after a key was rotated, or a grant was narrowed (docs/spec/08-lifecycle.md). */
export const SUCCESSION_SQL = `
-- The version of the owner of which its newest text speaks.
ALTER TABLE credentials ADD COLUMN owner_version bigint NOT NULL DEFAULT 1;
-- Something else has its place: it is neither renewed nor signed anew, and its bit is set at this time.
ALTER TABLE credentials ADD COLUMN ends_at bigint;
-- Whether it may have a successor; what somebody revoked has none.
ALTER TABLE credentials ADD COLUMN succession text CHECK (succession IN ('open', 'closed'));
ALTER TABLE credentials ADD COLUMN predecessor_id text;

DROP INDEX credentials_one_per_owner;
CREATE UNIQUE INDEX credentials_one_per_owner ON credentials (tenant_id, owner_id)
  WHERE kind = 'owner' AND state <> 'revoked' AND ends_at IS NULL;
CREATE UNIQUE INDEX credentials_one_successor ON credentials (tenant_id, predecessor_id)
  WHERE predecessor_id IS NOT NULL;
CREATE INDEX credentials_ending ON credentials (tenant_id, ends_at) WHERE ends_at IS NOT NULL AND state <> 'revoked';

CREATE TRIGGER credentials_not_prolonged BEFORE UPDATE OF ends_at ON credentials FOR EACH ROW
WHEN (OLD.ends_at IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at))
EXECUTE FUNCTION refuse('what ends is not prolonged');
CREATE TRIGGER credentials_closed BEFORE UPDATE OF succession ON credentials FOR EACH ROW
WHEN (OLD.succession = 'closed' AND NEW.succession IS DISTINCT FROM 'closed')
EXECUTE FUNCTION refuse('what was revoked has no successor');
CREATE FUNCTION refuse_successor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM credentials AS p
      WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.predecessor_id
        AND (p.succession = 'closed' OR (p.state = 'revoked' AND p.succession IS NULL))) THEN
    RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = 'what was revoked has no successor';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credentials_succeed BEFORE INSERT ON credentials FOR EACH ROW
WHEN (NEW.predecessor_id IS NOT NULL)
EXECUTE FUNCTION refuse_successor();
`
