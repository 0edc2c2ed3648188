/** Who is told of events, up to where the trail was looked through for them, and what is on its way (docs/operations.md "Webhooks"). */
export const DELIVERIES_SQL = `
CREATE TABLE subscriptions (
  tenant_id TEXT NOT NULL REFERENCES tenants,
  subscription_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('webhook', 'stream')),
  endpoint TEXT,
  types TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
  settings TEXT NOT NULL,
  since INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0 CHECK ((failures = 0) = (failing_since IS NULL)),
  failing_since INTEGER,
  retry_at INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, subscription_id)
) STRICT;

CREATE TABLE event_positions (
  tenant_id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  FOREIGN KEY (tenant_id, seq) REFERENCES audit
) STRICT, WITHOUT ROWID;
CREATE TRIGGER event_positions_forward BEFORE UPDATE ON event_positions WHEN NEW.seq < OLD.seq
BEGIN SELECT RAISE(ABORT, 'what was looked through is not looked through again'); END;

CREATE TABLE deliveries (
  tenant_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  subject TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL,
  give_up_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  attempted_at INTEGER,
  http_status INTEGER,
  problem TEXT,
  settled_at INTEGER CHECK ((state = 'pending') = (settled_at IS NULL)),
  PRIMARY KEY (tenant_id, subscription_id, event_id),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions
) STRICT;
CREATE INDEX deliveries_by_age ON deliveries (tenant_id, subscription_id);
CREATE INDEX deliveries_pending ON deliveries (tenant_id, subscription_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_subject ON deliveries (tenant_id, subscription_id, subject, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_to_give_up ON deliveries (tenant_id, give_up_at) WHERE state = 'pending';
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL;
CREATE TRIGGER deliveries_fixed BEFORE UPDATE ON deliveries
WHEN NEW.event_id <> OLD.event_id OR NEW.type <> OLD.type OR NEW.subject <> OLD.subject OR NEW.payload <> OLD.payload
BEGIN SELECT RAISE(ABORT, 'an event is told as it was noted'); END;
`
