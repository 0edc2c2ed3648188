/** Indexes, bits and what was published of them. A list pair is one row of `lists`, its two purposes share indexes. */
export const STATUS_SQL = `
CREATE TABLE lists (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  list INTEGER NOT NULL CHECK (list > 0),
  kind TEXT NOT NULL CHECK (kind IN ('owner', 'agent')),
  next INTEGER NOT NULL DEFAULT 0 CHECK (next BETWEEN 0 AND 131072),
  PRIMARY KEY (tenant_id, list)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER lists_kept BEFORE DELETE ON lists
BEGIN SELECT RAISE(ABORT, 'a list is never deleted'); END;
CREATE TRIGGER lists_forward BEFORE UPDATE ON lists
WHEN NEW.next < OLD.next OR NEW.kind <> OLD.kind OR NEW.list <> OLD.list OR NEW.tenant_id <> OLD.tenant_id
BEGIN SELECT RAISE(ABORT, 'an index is never given twice'); END;

-- What was taken from a block, in the order before the permutation: position and lease in one row.
CREATE TABLE allocations (
  tenant_id TEXT NOT NULL,
  list INTEGER NOT NULL,
  first INTEGER NOT NULL CHECK (first >= 0),
  count INTEGER NOT NULL CHECK (count > 0 AND first + count <= 131072),
  leased_from INTEGER NOT NULL CHECK (leased_from BETWEEN first AND first + 1),
  credential_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, list, first),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
) STRICT, WITHOUT ROWID;
CREATE TRIGGER allocations_disjoint BEFORE INSERT ON allocations
WHEN (SELECT a.first + a.count FROM allocations AS a
      WHERE a.tenant_id = NEW.tenant_id AND a.list = NEW.list AND a.first < NEW.first + NEW.count
      ORDER BY a.first DESC LIMIT 1) > NEW.first
BEGIN SELECT RAISE(ABORT, 'an index is never given twice'); END;
CREATE TRIGGER allocations_fixed BEFORE UPDATE ON allocations
BEGIN SELECT RAISE(ABORT, 'an index is never given twice'); END;
CREATE TRIGGER allocations_kept BEFORE DELETE ON allocations
BEGIN SELECT RAISE(ABORT, 'an index is never given twice'); END;

-- Every credential and registered run has its index alone.
CREATE TABLE positions (
  tenant_id TEXT NOT NULL,
  list INTEGER NOT NULL,
  idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 131071),
  holder_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, list, idx),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
) STRICT, WITHOUT ROWID;
CREATE TRIGGER positions_fixed BEFORE UPDATE ON positions
BEGIN SELECT RAISE(ABORT, 'an index is never given twice'); END;
CREATE TRIGGER positions_kept BEFORE DELETE ON positions
BEGIN SELECT RAISE(ABORT, 'an index is never given twice'); END;

CREATE TABLE list_status (
  tenant_id TEXT NOT NULL,
  list INTEGER NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('revocation', 'suspension')),
  revision INTEGER NOT NULL DEFAULT 1,
  published_revision INTEGER NOT NULL DEFAULT 0 CHECK (published_revision <= revision),
  published_version INTEGER NOT NULL DEFAULT 0,
  published_until INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, list, purpose),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
) STRICT, WITHOUT ROWID;
CREATE TRIGGER list_status_forward BEFORE UPDATE ON list_status
WHEN NEW.revision < OLD.revision OR NEW.published_version < OLD.published_version
  OR NEW.published_revision < OLD.published_revision
BEGIN SELECT RAISE(ABORT, 'a list never goes back'); END;

-- MSB-first, 1 KiB a chunk. A chunk without a row is all zero.
CREATE TABLE list_bits (
  tenant_id TEXT NOT NULL,
  list INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  chunk INTEGER NOT NULL CHECK (chunk BETWEEN 0 AND 15),
  bits BLOB NOT NULL CHECK (length(bits) = 1024),
  PRIMARY KEY (tenant_id, list, purpose, chunk),
  FOREIGN KEY (tenant_id, list, purpose) REFERENCES list_status
) STRICT;
CREATE TRIGGER list_bits_terminal BEFORE UPDATE ON list_bits
WHEN (OLD.purpose = 'revocation' AND clears_bits(OLD.bits, NEW.bits))
  OR NEW.purpose <> OLD.purpose OR NEW.list <> OLD.list OR NEW.chunk <> OLD.chunk OR NEW.tenant_id <> OLD.tenant_id
BEGIN SELECT RAISE(ABORT, 'a revocation bit is never cleared'); END;
CREATE TRIGGER list_bits_kept BEFORE DELETE ON list_bits
BEGIN SELECT RAISE(ABORT, 'a revocation bit is never cleared'); END;

CREATE TABLE publications (
  tenant_id TEXT NOT NULL,
  list INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  version INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  bits_digest TEXT NOT NULL,
  revision INTEGER NOT NULL,
  jwt TEXT NOT NULL,
  superseded_at INTEGER,
  PRIMARY KEY (tenant_id, list, purpose, version),
  FOREIGN KEY (tenant_id, list, purpose) REFERENCES list_status
) STRICT;
CREATE UNIQUE INDEX publications_current ON publications (tenant_id, list, purpose) WHERE superseded_at IS NULL;
CREATE INDEX publications_superseded ON publications (superseded_at) WHERE superseded_at IS NOT NULL;

CREATE TABLE leaf_tables (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  root TEXT NOT NULL,
  body TEXT NOT NULL,
  superseded_at INTEGER,
  PRIMARY KEY (tenant_id, root)
) STRICT;

CREATE UNIQUE INDEX leaf_tables_current ON leaf_tables (tenant_id) WHERE superseded_at IS NULL;
CREATE INDEX leaf_tables_superseded ON leaf_tables (superseded_at) WHERE superseded_at IS NOT NULL;

CREATE TABLE heads (
  tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants,
  seq INTEGER NOT NULL,
  iat_ms INTEGER NOT NULL,
  root TEXT NOT NULL,
  jwt TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER heads_forward BEFORE UPDATE ON heads
WHEN NEW.seq <= OLD.seq OR NEW.iat_ms <= OLD.iat_ms
BEGIN SELECT RAISE(ABORT, 'a head never goes back'); END;
CREATE TRIGGER heads_kept BEFORE DELETE ON heads
BEGIN SELECT RAISE(ABORT, 'a head never goes back'); END;
`
