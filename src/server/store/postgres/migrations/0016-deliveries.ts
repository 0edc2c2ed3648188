/** Who is told of events, and what is on its way; see the embedded database's text. */
export const DELIVERIES_SQL = `
CREATE TABLE subscriptions (
  tenant_id text NOT NULL REFERENCES tenants,
  subscription_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('webhook', 'stream')),
  endpoint text,
  types text NOT NULL,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
  settings text NOT NULL,
  since bigint NOT NULL,
  failures bigint NOT NULL DEFAULT 0,
  failing_since bigint,
  retry_at bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL,
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, subscription_id),
  CHECK ((failures = 0) = (failing_since IS NULL))
);

CREATE TABLE event_positions (
  tenant_id text PRIMARY KEY,
  seq bigint NOT NULL,
  FOREIGN KEY (tenant_id, seq) REFERENCES audit
);
CREATE TRIGGER event_positions_forward BEFORE UPDATE ON event_positions FOR EACH ROW
WHEN (NEW.seq < OLD.seq) EXECUTE FUNCTION refuse('what was looked through is not looked through again');

CREATE TABLE deliveries (
  tenant_id text NOT NULL,
  subscription_id text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  subject text NOT NULL,
  payload text NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts bigint NOT NULL DEFAULT 0,
  due_at bigint NOT NULL,
  give_up_at bigint NOT NULL,
  created_at bigint NOT NULL,
  attempted_at bigint,
  http_status bigint,
  problem text,
  settled_at bigint,
  rowid bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (tenant_id, subscription_id, event_id),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions,
  CHECK ((state = 'pending') = (settled_at IS NULL))
);
CREATE INDEX deliveries_by_age ON deliveries (tenant_id, subscription_id, rowid);
CREATE INDEX deliveries_pending ON deliveries (tenant_id, subscription_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_subject ON deliveries (tenant_id, subscription_id, subject, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_to_give_up ON deliveries (tenant_id, give_up_at) WHERE state = 'pending';
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL;
CREATE TRIGGER deliveries_fixed BEFORE UPDATE ON deliveries FOR EACH ROW
WHEN (NEW.event_id <> OLD.event_id OR NEW.type <> OLD.type OR NEW.subject <> OLD.subject OR NEW.payload <> OLD.payload)
EXECUTE FUNCTION refuse('an event is told as it was noted');
ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriptions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON subscriptions USING (is_own(tenant_id));
ALTER TABLE event_positions ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_positions FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON event_positions USING (is_own(tenant_id));
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON deliveries USING (is_own(tenant_id));
`
