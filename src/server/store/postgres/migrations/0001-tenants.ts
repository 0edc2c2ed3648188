/** Tables whose rows only their own tenant's transactions may see or make. */
const FENCED = [
  'keys',
  'owners',
  'agents',
  'credentials',
  'credential_documents',
  'credential_forms',
  'runs',
  'holds',
  'cascades',
  'lists',
  'allocations',
  'positions',
  'list_status',
  'list_bits',
  'publications',
  'mirrors',
  'leaf_tables',
  'heads',
  'publishers',
  'audit',
  'outbox',
  'idempotency',
]

/** Who is whose: whether a DID is taken is asked over all tenants; only a tenant's own rows can be made. */
const DIRECTORY = ['tenants', 'identities', 'owner_revokers']

/**
 * A second fence behind the conditions of each statement. It binds the tables' owner, too; a superuser, or a role with
 * BYPASSRLS, walks through it.
 */
export const FENCES_SQL: string = [
  ...[...FENCED, ...DIRECTORY].map(
    (table) =>
      `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;`,
  ),
  ...FENCED.map((table) => `CREATE POLICY own ON ${table} USING (is_own(tenant_id));`),
  ...DIRECTORY.map(
    (table) => `CREATE POLICY known ON ${table} FOR SELECT USING (true);
CREATE POLICY own ON ${table} USING (is_own(tenant_id));`,
  ),
].join('\n')
