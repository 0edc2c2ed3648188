/** Indexes, bits and what was published of them. A list pair is one row of `lists`, its two purposes share indexes. */
export const STATUS_SQL = `
CREATE TABLE lists (
  tenant_id text NOT NULL REFERENCES tenants,
  list integer NOT NULL CHECK (list > 0),
  kind text NOT NULL CHECK (kind IN ('owner', 'agent')),
  next integer NOT NULL DEFAULT 0 CHECK (next BETWEEN 0 AND 131072),
  PRIMARY KEY (tenant_id, list)
);
CREATE TRIGGER lists_kept BEFORE DELETE OR TRUNCATE ON lists
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a list is never deleted');
CREATE TRIGGER lists_forward BEFORE UPDATE ON lists FOR EACH ROW
WHEN (NEW.next < OLD.next OR NEW.kind <> OLD.kind OR NEW.list <> OLD.list OR NEW.tenant_id <> OLD.tenant_id)
EXECUTE FUNCTION refuse('an index is never given twice');

CREATE TABLE allocations (
  tenant_id text NOT NULL,
  list integer NOT NULL,
  first integer NOT NULL CHECK (first >= 0),
  count integer NOT NULL CHECK (count > 0 AND first + count <= 131072),
  leased_from integer NOT NULL CHECK (leased_from BETWEEN first AND first + 1),
  credential_id text NOT NULL,
  PRIMARY KEY (tenant_id, list, first),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
);
CREATE FUNCTION refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT a.first + a.count FROM allocations AS a
      WHERE a.tenant_id = NEW.tenant_id AND a.list = NEW.list AND a.first < NEW.first + NEW.count
      ORDER BY a.first DESC LIMIT 1) > NEW.first THEN
    RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = 'an index is never given twice';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER allocations_disjoint BEFORE INSERT ON allocations
FOR EACH ROW EXECUTE FUNCTION refuse_overlap();
CREATE TRIGGER allocations_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON allocations
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an index is never given twice');

CREATE TABLE positions (
  tenant_id text NOT NULL,
  list integer NOT NULL,
  idx integer NOT NULL CHECK (idx BETWEEN 0 AND 131071),
  holder_id text NOT NULL,
  PRIMARY KEY (tenant_id, list, idx),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
);
CREATE TRIGGER positions_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON positions
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an index is never given twice');

CREATE TABLE list_status (
  tenant_id text NOT NULL,
  list integer NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('revocation', 'suspension')),
  revision bigint NOT NULL DEFAULT 1,
  published_revision bigint NOT NULL DEFAULT 0 CHECK (published_revision <= revision),
  published_version bigint NOT NULL DEFAULT 0,
  published_until bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, list, purpose),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
) WITH (fillfactor = 50);
CREATE TRIGGER list_status_forward BEFORE UPDATE ON list_status FOR EACH ROW
WHEN (NEW.revision < OLD.revision OR NEW.published_version < OLD.published_version
  OR NEW.published_revision < OLD.published_revision)
EXECUTE FUNCTION refuse('a list never goes back');

-- MSB-first, 1 KiB a chunk. A chunk without a row is all zero.
CREATE TABLE list_bits (
  tenant_id text NOT NULL,
  list integer NOT NULL,
  purpose text NOT NULL,
  chunk integer NOT NULL CHECK (chunk BETWEEN 0 AND 15),
  bits bytea NOT NULL CHECK (length(bits) = 1024),
  PRIMARY KEY (tenant_id, list, purpose, chunk),
  FOREIGN KEY (tenant_id, list, purpose) REFERENCES list_status
);
ALTER TABLE list_bits ALTER COLUMN bits SET STORAGE PLAIN;
CREATE TRIGGER list_bits_terminal BEFORE UPDATE ON list_bits FOR EACH ROW
WHEN ((OLD.purpose = 'revocation' AND clears_bits(OLD.bits, NEW.bits))
  OR NEW.purpose <> OLD.purpose OR NEW.list <> OLD.list OR NEW.chunk <> OLD.chunk OR NEW.tenant_id <> OLD.tenant_id)
EXECUTE FUNCTION refuse('a revocation bit is never cleared');
CREATE TRIGGER list_bits_kept BEFORE DELETE OR TRUNCATE ON list_bits
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a revocation bit is never cleared');

CREATE TABLE publications (
  tenant_id text NOT NULL,
  list integer NOT NULL,
  purpose text NOT NULL,
  version bigint NOT NULL,
  valid_until bigint NOT NULL,
  bits_digest text NOT NULL,
  revision bigint NOT NULL,
  jwt text NOT NULL,
  vc text,
  superseded_at bigint,
  PRIMARY KEY (tenant_id, list, purpose, version),
  FOREIGN KEY (tenant_id, list, purpose) REFERENCES list_status
);
CREATE UNIQUE INDEX publications_current ON publications (tenant_id, list, purpose) WHERE superseded_at IS NULL;
CREATE INDEX publications_superseded ON publications (superseded_at) WHERE superseded_at IS NOT NULL;

CREATE TABLE mirrors (
  tenant_id text NOT NULL,
  list integer NOT NULL,
  version bigint NOT NULL,
  valid_until bigint NOT NULL,
  jwt text NOT NULL,
  PRIMARY KEY (tenant_id, list),
  FOREIGN KEY (tenant_id, list) REFERENCES lists
);
CREATE TRIGGER mirrors_forward BEFORE UPDATE ON mirrors FOR EACH ROW
WHEN (NEW.version <= OLD.version OR NEW.list <> OLD.list OR NEW.tenant_id <> OLD.tenant_id)
EXECUTE FUNCTION refuse('a list never goes back');
CREATE TRIGGER mirrors_kept BEFORE DELETE OR TRUNCATE ON mirrors
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a list never goes back');

CREATE TABLE leaf_tables (
  tenant_id text NOT NULL REFERENCES tenants,
  root text NOT NULL,
  body text NOT NULL,
  superseded_at bigint,
  PRIMARY KEY (tenant_id, root)
);
CREATE UNIQUE INDEX leaf_tables_current ON leaf_tables (tenant_id) WHERE superseded_at IS NULL;
CREATE INDEX leaf_tables_superseded ON leaf_tables (superseded_at) WHERE superseded_at IS NOT NULL;

-- Whose turn it is to publish, where several processes could.
CREATE TABLE publishers (
  tenant_id text PRIMARY KEY REFERENCES tenants,
  holder text NOT NULL,
  held_until bigint NOT NULL
);

CREATE TABLE heads (
  tenant_id text PRIMARY KEY REFERENCES tenants,
  seq bigint NOT NULL,
  iat_ms bigint NOT NULL,
  root text NOT NULL,
  jwt text NOT NULL
);
CREATE TRIGGER heads_forward BEFORE UPDATE ON heads FOR EACH ROW
WHEN (NEW.seq <= OLD.seq OR NEW.iat_ms <= OLD.iat_ms)
EXECUTE FUNCTION refuse('a head never goes back');
CREATE TRIGGER heads_kept BEFORE DELETE OR TRUNCATE ON heads
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a head never goes back');
`
