/**
 * What the tables' triggers call, and what keeps tenants apart. A refusal has the condition `PR001` and one of our own
 * sentences, which names no value.
 */
export const GUARDS_SQL = `
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'PR001', MESSAGE = TG_ARGV[0];
END $$;

-- Text of the embedded database's dialect: a JSON string.
CREATE FUNCTION json_quote(value text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN to_json(value)::text;

-- Whether a bit of the first is missing in the second.
CREATE FUNCTION clears_bits(before bytea, after bytea) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE WHEN length(before) <> length(after) THEN true ELSE
  ('x' || encode(before, 'hex'))::bit varying & ~('x' || encode(after, 'hex'))::bit varying
    <> repeat('0', length(before) * 8)::bit varying END;

-- The tenant that the transaction works for; '*' where it is about all of them.
CREATE FUNCTION is_own(tenant text) RETURNS boolean LANGUAGE sql STABLE
RETURN current_setting('procura.tenant', true) IN (tenant, '*');
`
