/** The registry; see the embedded database's text, which this one follows table by table. */
export const REGISTRY_SQL = `
CREATE TABLE service (
  place integer PRIMARY KEY CHECK (place = 1),
  origin text NOT NULL
);
CREATE TRIGGER service_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON service
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the origin stands in every credential');

CREATE TABLE tenants (
  tenant_id text PRIMARY KEY,
  name text NOT NULL,
  environment text NOT NULL,
  authority text NOT NULL,
  status_issuer text NOT NULL CHECK (status_issuer <> authority),
  index_secret_check bytea,
  created_at bigint NOT NULL
);

CREATE TABLE identities (
  tenant_id text NOT NULL REFERENCES tenants,
  did text NOT NULL UNIQUE,
  role text NOT NULL CHECK (role IN ('admin', 'owner', 'auditor', 'revoker', 'agent', 'custody')),
  owner_id text,
  agent_id text,
  ended integer NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, did)
);
CREATE INDEX identities_by_role ON identities (tenant_id, role, rowid);
CREATE TRIGGER identities_kept BEFORE DELETE OR TRUNCATE ON identities
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a DID is never forgotten');
CREATE TRIGGER identities_terminal BEFORE UPDATE ON identities FOR EACH ROW
WHEN ((OLD.ended = 1 AND NEW.ended = 0) OR NEW.did <> OLD.did OR NEW.tenant_id <> OLD.tenant_id)
EXECUTE FUNCTION refuse('an ended role stays ended');

CREATE TABLE keys (
  tenant_id text NOT NULL,
  key_id text NOT NULL,
  use text NOT NULL CHECK (use IN ('data-encryption', 'authority', 'status', 'audit', 'owner')),
  did text CHECK ((use = 'data-encryption') = (did IS NULL)),
  wrapped bytea NOT NULL,
  created_at bigint NOT NULL,
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, key_id)
);
CREATE INDEX keys_by_use ON keys (tenant_id, use, did);

CREATE TABLE owners (
  tenant_id text NOT NULL REFERENCES tenants,
  owner_id text NOT NULL,
  did text NOT NULL,
  name text NOT NULL,
  accountable text NOT NULL CHECK (accountable <> ''),
  accountable_name text NOT NULL CHECK (accountable_name <> ''),
  team text,
  assurance text NOT NULL,
  environment text NOT NULL,
  entitlements text NOT NULL,
  revokers text NOT NULL,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'offboarded')),
  version bigint NOT NULL DEFAULT 1,
  created_at bigint NOT NULL,
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, owner_id)
);
CREATE INDEX owners_by_age ON owners (tenant_id, rowid);
CREATE TRIGGER owners_kept BEFORE DELETE OR TRUNCATE ON owners
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an owner is never deleted');
CREATE TRIGGER owners_terminal BEFORE UPDATE OF state ON owners FOR EACH ROW
WHEN (OLD.state = 'offboarded' AND NEW.state <> 'offboarded')
EXECUTE FUNCTION refuse('an offboarded owner stays offboarded');

CREATE TABLE owner_revokers (
  tenant_id text NOT NULL,
  owner_id text NOT NULL,
  did text NOT NULL,
  PRIMARY KEY (tenant_id, owner_id, did),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES owners
);
CREATE INDEX owner_revokers_by_did ON owner_revokers (did);

CREATE TABLE agents (
  tenant_id text NOT NULL,
  agent_id text NOT NULL,
  owner_id text NOT NULL,
  did text NOT NULL,
  name text NOT NULL,
  purpose text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('delegated', 'autonomous')),
  software text,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked')),
  cascade bigint,
  created_at bigint NOT NULL,
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, agent_id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES owners
);
CREATE INDEX agents_by_age ON agents (tenant_id, rowid);
CREATE INDEX agents_by_owner ON agents (tenant_id, owner_id, rowid);
CREATE TRIGGER agents_kept BEFORE DELETE OR TRUNCATE ON agents
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an agent is never deleted');
CREATE TRIGGER agents_terminal BEFORE UPDATE OF state ON agents FOR EACH ROW
WHEN (OLD.state = 'revoked' AND NEW.state <> 'revoked')
EXECUTE FUNCTION refuse('a revoked agent stays revoked');

CREATE TABLE credentials (
  tenant_id text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('owner', 'agent')),
  owner_id text NOT NULL,
  agent_id text CHECK ((kind = 'agent') = (agent_id IS NOT NULL)),
  state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'active', 'revoked')),
  list integer NOT NULL,
  idx integer NOT NULL CHECK (idx BETWEEN 0 AND 131071),
  lease text NOT NULL,
  lease_count integer NOT NULL CHECK (lease_count BETWEEN 0 AND 256),
  valid_from bigint NOT NULL,
  valid_until bigint NOT NULL CHECK (valid_until > valid_from),
  pending_from bigint,
  pending_until bigint CHECK (pending_until > pending_from),
  cascade bigint,
  created_at bigint NOT NULL,
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES owners,
  FOREIGN KEY (tenant_id, agent_id) REFERENCES agents
) WITH (fillfactor = 80);
CREATE INDEX credentials_by_age ON credentials (tenant_id, rowid);
CREATE INDEX credentials_by_owner ON credentials (tenant_id, owner_id, rowid);
CREATE INDEX credentials_by_agent ON credentials (tenant_id, agent_id, rowid) WHERE agent_id IS NOT NULL;
CREATE INDEX credentials_leasing ON credentials (tenant_id, agent_id, valid_until) WHERE lease_count > 0;
CREATE UNIQUE INDEX credentials_one_per_owner ON credentials (tenant_id, owner_id)
  WHERE kind = 'owner' AND state <> 'revoked';
CREATE TRIGGER credentials_kept BEFORE DELETE OR TRUNCATE ON credentials
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a credential is never deleted');
CREATE TRIGGER credentials_terminal BEFORE UPDATE OF state ON credentials FOR EACH ROW
WHEN ((OLD.state = 'revoked' AND NEW.state <> 'revoked') OR (OLD.state = 'active' AND NEW.state = 'planned'))
EXECUTE FUNCTION refuse('a revoked credential stays revoked');
CREATE TRIGGER credentials_fixed BEFORE UPDATE OF tenant_id, id, kind, owner_id, agent_id, list, idx ON credentials
FOR EACH ROW EXECUTE FUNCTION refuse('a credential keeps its id, subject and index');

CREATE TABLE credential_documents (
  tenant_id text NOT NULL,
  id text NOT NULL,
  terms text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE credential_forms (
  tenant_id text NOT NULL,
  id text NOT NULL,
  mechanism text NOT NULL CHECK (mechanism IN ('vc+jwt', 'vc+sd-jwt', 'eddsa-jcs-2022', 'ecdsa-jcs-2019',
    'eddsa-rdfc-2022', 'ecdsa-rdfc-2019')),
  text text NOT NULL CHECK (text <> ''),
  PRIMARY KEY (tenant_id, id, mechanism),
  FOREIGN KEY (tenant_id, id) REFERENCES credentials
);
CREATE TRIGGER credential_forms_fixed BEFORE UPDATE ON credential_forms
FOR EACH ROW EXECUTE FUNCTION refuse('a form is signed once for a version');

CREATE FUNCTION refuse_unsigned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM credential_forms AS f WHERE f.tenant_id = NEW.tenant_id AND f.id = NEW.id) THEN
    RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = 'only a signed credential is active';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credentials_signed BEFORE UPDATE OF state ON credentials FOR EACH ROW
WHEN (NEW.state = 'active') EXECUTE FUNCTION refuse_unsigned();

CREATE TABLE runs (
  tenant_id text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('Run', 'SubAgent')),
  name text,
  delegation_id text NOT NULL,
  parent_id text NOT NULL,
  owner_id text NOT NULL,
  agent_id text NOT NULL,
  subject text NOT NULL,
  list integer NOT NULL,
  idx integer NOT NULL CHECK (idx BETWEEN 0 AND 131071),
  lineage text NOT NULL,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'completed', 'revoked')),
  valid_until bigint NOT NULL,
  cascade bigint,
  created_at bigint NOT NULL,
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, delegation_id) REFERENCES credentials
) WITH (fillfactor = 80);
CREATE INDEX runs_by_age ON runs (tenant_id, rowid);
CREATE INDEX runs_by_delegation ON runs (tenant_id, delegation_id, rowid);
CREATE INDEX runs_by_parent ON runs (tenant_id, parent_id, rowid);
CREATE INDEX runs_by_owner ON runs (tenant_id, owner_id, rowid);
CREATE INDEX runs_by_agent ON runs (tenant_id, agent_id, rowid);
CREATE UNIQUE INDEX runs_own_identity ON runs (tenant_id, subject) WHERE kind = 'Run';
CREATE TRIGGER runs_kept BEFORE DELETE OR TRUNCATE ON runs
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a run is never deleted');
CREATE TRIGGER runs_terminal BEFORE UPDATE OF state ON runs FOR EACH ROW
WHEN (OLD.state <> 'active' AND NEW.state <> OLD.state)
EXECUTE FUNCTION refuse('an ended run stays ended');

CREATE TABLE holds (
  tenant_id text NOT NULL REFERENCES tenants,
  hold_id text NOT NULL,
  target_kind text NOT NULL CHECK (target_kind IN ('owner', 'agent', 'delegation', 'lease')),
  target_id text NOT NULL,
  placed_by text NOT NULL,
  hold_rank text NOT NULL CHECK (hold_rank IN ('admin', 'revoker', 'owner', 'ancestor')),
  reason text NOT NULL,
  placed_at bigint NOT NULL,
  PRIMARY KEY (tenant_id, hold_id),
  UNIQUE (tenant_id, target_kind, target_id, placed_by)
);

CREATE TABLE cascades (
  tenant_id text NOT NULL REFERENCES tenants,
  cascade bigint NOT NULL,
  cascade_id text NOT NULL,
  owner_id text NOT NULL,
  agent_id text,
  agents bigint NOT NULL,
  delegations bigint NOT NULL,
  runs bigint NOT NULL,
  PRIMARY KEY (tenant_id, cascade),
  UNIQUE (tenant_id, cascade_id)
);
`
