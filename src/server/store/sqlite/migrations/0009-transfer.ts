/** An agent may be given to another owner, and acts for one owner at any time (docs/spec/08-lifecycle.md "Transfer"). */
export const TRANSFER_SQL = `
CREATE TRIGGER agents_given BEFORE UPDATE OF owner_id ON agents
WHEN NEW.owner_id <> OLD.owner_id AND (
  EXISTS (SELECT 1 FROM owners AS o
    WHERE o.tenant_id = NEW.tenant_id AND o.owner_id = NEW.owner_id AND o.state <> 'active')
  OR EXISTS (SELECT 1 FROM credentials AS c
    WHERE c.tenant_id = NEW.tenant_id AND c.agent_id = NEW.agent_id AND c.state <> 'revoked')
  OR EXISTS (SELECT 1 FROM runs AS r
    WHERE r.tenant_id = NEW.tenant_id AND r.agent_id = NEW.agent_id AND r.state = 'active'))
BEGIN SELECT RAISE(ABORT, 'an agent is given away with nothing of the owner before'); END;
CREATE TRIGGER credentials_of_owner BEFORE INSERT ON credentials
WHEN NEW.agent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agents AS a
  WHERE a.tenant_id = NEW.tenant_id AND a.agent_id = NEW.agent_id AND a.owner_id = NEW.owner_id)
BEGIN SELECT RAISE(ABORT, 'an agent acts for its own owner'); END;
`
