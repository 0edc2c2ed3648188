/** Runs that go on under another link 1: the same identity, as another credential (docs/spec/08-lifecycle.md "Live children"). */
export const RUN_SUCCESSION_SQL = `
ALTER TABLE runs ADD COLUMN predecessor_id TEXT;

DROP INDEX runs_own_identity;
CREATE UNIQUE INDEX runs_own_identity ON runs (tenant_id, subject) WHERE kind = 'Run' AND predecessor_id IS NULL;
CREATE UNIQUE INDEX runs_one_successor ON runs (tenant_id, predecessor_id) WHERE predecessor_id IS NOT NULL;
CREATE INDEX runs_by_subject ON runs (tenant_id, subject);

CREATE TRIGGER runs_go_on BEFORE INSERT ON runs
WHEN NEW.predecessor_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs AS p
  WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.predecessor_id AND p.kind = 'Run' AND p.kind = NEW.kind
    AND p.subject = NEW.subject AND p.agent_id = NEW.agent_id AND p.state = 'active')
BEGIN SELECT RAISE(ABORT, 'a run goes on as itself, and only while it lives'); END;
CREATE TRIGGER runs_stay_in_line BEFORE UPDATE OF predecessor_id ON runs
BEGIN SELECT RAISE(ABORT, 'a run stays in its line'); END;
`
