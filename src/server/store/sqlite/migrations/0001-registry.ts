/**
 * The registry: who there is, what was issued to whom, who was ended. Every key begins with the tenant. What must
 * be impossible is refused by the database itself, whatever the code above it does: leaving an end state, moving
 * or forgetting an index, changing the audit trail.
 */
export const REGISTRY_SQL = `
CREATE TABLE tenants (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  environment TEXT NOT NULL,
  authority TEXT NOT NULL,
  status_issuer TEXT NOT NULL CHECK (status_issuer <> authority),
  index_secret_check BLOB,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every DID that ever was an owner, an agent or a caller; never given to anybody else.
CREATE TABLE identities (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  did TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('admin', 'owner', 'auditor', 'revoker', 'agent', 'custody')),
  owner_id TEXT,
  agent_id TEXT,
  ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
  PRIMARY KEY (tenant_id, did)
) STRICT;
CREATE INDEX identities_by_role ON identities (tenant_id, role);
CREATE TRIGGER identities_kept BEFORE DELETE ON identities
BEGIN SELECT RAISE(ABORT, 'a DID is never forgotten'); END;
CREATE TRIGGER identities_terminal BEFORE UPDATE ON identities
WHEN (OLD.ended = 1 AND NEW.ended = 0) OR NEW.did <> OLD.did OR NEW.tenant_id <> OLD.tenant_id
BEGIN SELECT RAISE(ABORT, 'an ended role stays ended'); END;

CREATE TABLE keys (
  tenant_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  use TEXT NOT NULL CHECK (use IN ('data-encryption', 'authority', 'status', 'audit', 'owner')),
  did TEXT CHECK ((use = 'data-encryption') = (did IS NULL)),
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, key_id)
) STRICT;
CREATE INDEX keys_by_use ON keys (tenant_id, use, did);

CREATE TABLE owners (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  owner_id TEXT NOT NULL,
  did TEXT NOT NULL,
  name TEXT NOT NULL,
  accountable TEXT NOT NULL CHECK (accountable <> ''),
  accountable_name TEXT NOT NULL CHECK (accountable_name <> ''),
  team TEXT,
  assurance TEXT NOT NULL,
  environment TEXT NOT NULL,
  entitlements TEXT NOT NULL,
  revokers TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'offboarded')),
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, owner_id)
) STRICT;
CREATE INDEX owners_by_age ON owners (tenant_id);
CREATE TRIGGER owners_kept BEFORE DELETE ON owners
BEGIN SELECT RAISE(ABORT, 'an owner is never deleted'); END;
CREATE TRIGGER owners_terminal BEFORE UPDATE OF state ON owners
WHEN OLD.state = 'offboarded' AND NEW.state <> 'offboarded'
BEGIN SELECT RAISE(ABORT, 'an offboarded owner stays offboarded'); END;

CREATE TABLE owner_revokers (
  tenant_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  did TEXT NOT NULL,
  PRIMARY KEY (tenant_id, owner_id, did),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES owners
) STRICT, WITHOUT ROWID;
CREATE INDEX owner_revokers_by_did ON owner_revokers (did);

CREATE TABLE agents (
  tenant_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  did TEXT NOT NULL,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('delegated', 'autonomous')),
  software TEXT,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked')),
  cascade INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, agent_id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES owners
) STRICT;
CREATE INDEX agents_by_age ON agents (tenant_id);
CREATE INDEX agents_by_owner ON agents (tenant_id, owner_id);
CREATE TRIGGER agents_kept BEFORE DELETE ON agents
BEGIN SELECT RAISE(ABORT, 'an agent is never deleted'); END;
CREATE TRIGGER agents_terminal BEFORE UPDATE OF state ON agents
WHEN OLD.state = 'revoked' AND NEW.state <> 'revoked'
BEGIN SELECT RAISE(ABORT, 'a revoked agent stays revoked'); END;

CREATE TABLE credentials (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('owner', 'agent')),
  owner_id TEXT NOT NULL,
  agent_id TEXT CHECK ((kind = 'agent') = (agent_id IS NOT NULL)),
  state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'active', 'revoked')),
  list INTEGER NOT NULL,
  idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 131071),
  lease TEXT NOT NULL,
  lease_count INTEGER NOT NULL CHECK (lease_count BETWEEN 0 AND 256),
  valid_from INTEGER NOT NULL,
  valid_until INTEGER NOT NULL CHECK (valid_until > valid_from),
  pending_from INTEGER,
  pending_until INTEGER CHECK (pending_until > pending_from),
  cascade INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES owners,
  FOREIGN KEY (tenant_id, agent_id) REFERENCES agents
) STRICT;
CREATE INDEX credentials_by_age ON credentials (tenant_id);
CREATE INDEX credentials_by_owner ON credentials (tenant_id, owner_id);
CREATE INDEX credentials_by_agent ON credentials (tenant_id, agent_id) WHERE agent_id IS NOT NULL;
CREATE INDEX credentials_leasing ON credentials (tenant_id, agent_id, valid_until) WHERE lease_count > 0;
CREATE UNIQUE INDEX credentials_one_per_owner ON credentials (tenant_id, owner_id)
  WHERE kind = 'owner' AND state <> 'revoked';
CREATE TRIGGER credentials_kept BEFORE DELETE ON credentials
BEGIN SELECT RAISE(ABORT, 'a credential is never deleted'); END;
CREATE TRIGGER credentials_terminal BEFORE UPDATE OF state ON credentials
WHEN (OLD.state = 'revoked' AND NEW.state <> 'revoked') OR (OLD.state = 'active' AND NEW.state = 'planned')
BEGIN SELECT RAISE(ABORT, 'a revoked credential stays revoked'); END;
CREATE TRIGGER credentials_fixed BEFORE UPDATE OF tenant_id, id, kind, owner_id, agent_id, list, idx ON credentials
BEGIN SELECT RAISE(ABORT, 'a credential keeps its id, subject and index'); END;

-- Apart from the row, so that a cascade rewrites few bytes.
CREATE TABLE credential_documents (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  terms TEXT NOT NULL,
  jwt TEXT,
  PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE TRIGGER credentials_signed BEFORE UPDATE OF state ON credentials
WHEN NEW.state = 'active' AND NOT EXISTS (
  SELECT 1 FROM credential_documents AS d WHERE d.tenant_id = NEW.tenant_id AND d.id = NEW.id AND d.jwt IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'only a signed credential is active'); END;

CREATE TABLE runs (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('Run', 'SubAgent')),
  name TEXT,
  delegation_id TEXT NOT NULL,
  parent_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  list INTEGER NOT NULL,
  idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 131071),
  lineage TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'completed', 'revoked')),
  valid_until INTEGER NOT NULL,
  cascade INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, delegation_id) REFERENCES credentials
) STRICT;
CREATE INDEX runs_by_age ON runs (tenant_id);
CREATE INDEX runs_by_delegation ON runs (tenant_id, delegation_id);
CREATE INDEX runs_by_parent ON runs (tenant_id, parent_id);
CREATE INDEX runs_by_owner ON runs (tenant_id, owner_id);
CREATE INDEX runs_by_agent ON runs (tenant_id, agent_id);
CREATE UNIQUE INDEX runs_own_identity ON runs (tenant_id, subject) WHERE kind = 'Run';
CREATE TRIGGER runs_kept BEFORE DELETE ON runs
BEGIN SELECT RAISE(ABORT, 'a run is never deleted'); END;
CREATE TRIGGER runs_terminal BEFORE UPDATE OF state ON runs
WHEN OLD.state <> 'active' AND NEW.state <> OLD.state
BEGIN SELECT RAISE(ABORT, 'an ended run stays ended'); END;

CREATE TABLE holds (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  hold_id TEXT NOT NULL,
  target_kind TEXT NOT NULL CHECK (target_kind IN ('owner', 'agent', 'delegation', 'lease')),
  target_id TEXT NOT NULL,
  placed_by TEXT NOT NULL,
  hold_rank TEXT NOT NULL CHECK (hold_rank IN ('admin', 'revoker', 'owner', 'ancestor')),
  reason TEXT NOT NULL,
  placed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, hold_id),
  UNIQUE (tenant_id, target_kind, target_id, placed_by)
) STRICT, WITHOUT ROWID;

-- Rows that a cascade ended carry its number, which is short: rewriting them must not split their pages.
CREATE TABLE cascades (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  cascade INTEGER NOT NULL,
  cascade_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  agent_id TEXT,
  agents INTEGER NOT NULL,
  delegations INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, cascade),
  UNIQUE (tenant_id, cascade_id)
) STRICT, WITHOUT ROWID;
`
