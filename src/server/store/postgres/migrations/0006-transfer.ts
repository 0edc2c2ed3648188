/** Agents that are given to another owner; see the embedded database's text. */
export const TRANSFER_SQL = `
CREATE FUNCTION refuse_encumbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM owners AS o
      WHERE o.tenant_id = NEW.tenant_id AND o.owner_id = NEW.owner_id AND o.state <> 'active')
    OR EXISTS (SELECT 1 FROM credentials AS c
      WHERE c.tenant_id = NEW.tenant_id AND c.agent_id = NEW.agent_id AND c.state <> 'revoked')
    OR EXISTS (SELECT 1 FROM runs AS r
      WHERE r.tenant_id = NEW.tenant_id AND r.agent_id = NEW.agent_id AND r.state = 'active') THEN
    RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = 'an agent is given away with nothing of the owner before';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agents_given BEFORE UPDATE OF owner_id ON agents FOR EACH ROW
WHEN (NEW.owner_id <> OLD.owner_id) EXECUTE FUNCTION refuse_encumbered();

CREATE FUNCTION refuse_foreign_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM agents AS a
      WHERE a.tenant_id = NEW.tenant_id AND a.agent_id = NEW.agent_id AND a.owner_id = NEW.owner_id) THEN
    RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = 'an agent acts for its own owner';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credentials_of_owner BEFORE INSERT ON credentials FOR EACH ROW
WHEN (NEW.agent_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_owner();
`
