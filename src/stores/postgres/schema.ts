/**
 * Agents, keys, holders and nonces are there by their SHA-256: of one size, and no list of who did what. Each function is one
 * request: one way there and back, one transaction, one commit. `at` is the time of whoever asks, in milliseconds.
 *
 * One at a time changes the usage of an agent or the nonces of a holder: its row in `agents` or `holders` is locked first,
 * whatever follows, so that nobody waits in a circle.
 */
const USAGE_AND_NONCES = `
CREATE TABLE agents (agent bytea PRIMARY KEY);
CREATE TABLE usage (
  agent bytea NOT NULL, key bytea NOT NULL, used numeric(40) NOT NULL, keep_until bigint NOT NULL,
  PRIMARY KEY (agent, key)
);
CREATE INDEX usage_by_end ON usage (keep_until);
CREATE TABLE holders (holder bytea PRIMARY KEY, nonces integer NOT NULL);
CREATE TABLE nonces (
  holder bytea NOT NULL, nonce bytea NOT NULL, expires_at bigint NOT NULL, PRIMARY KEY (holder, nonce)
);
CREATE INDEX nonces_of_holder ON nonces (holder, expires_at);
CREATE INDEX nonces_by_end ON nonces (expires_at);

CREATE FUNCTION use_nonce(whose bytea, what bytea, until bigint, at bigint, most integer) RETURNS jsonb
LANGUAGE plpgsql SET search_path = procura_stores AS $$
DECLARE held integer; ended integer; answer text := 'fresh';
BEGIN
  INSERT INTO holders AS h VALUES (whose, 0) ON CONFLICT (holder) DO UPDATE SET nonces = h.nonces
    RETURNING nonces INTO held;
  DELETE FROM nonces WHERE ctid IN (
    SELECT ctid FROM nonces WHERE holder = whose AND expires_at < at ORDER BY expires_at LIMIT 64);
  GET DIAGNOSTICS ended = ROW_COUNT;
  IF EXISTS (SELECT 1 FROM nonces WHERE holder = whose AND nonce = what) THEN
    answer := 'replayed';
  ELSIF held - ended >= most THEN
    answer := 'unavailable';
  ELSE
    INSERT INTO nonces VALUES (whose, what, until);
    ended := ended - 1;
  END IF;
  UPDATE holders SET nonces = held - ended WHERE holder = whose;
  RETURN to_jsonb(answer);
END $$;

CREATE FUNCTION reserve(
  whose bytea, keys bytea[], amounts numeric[], maxima numeric[], untils bigint[], at bigint, most integer
) RETURNS jsonb LANGUAGE plpgsql SET search_path = procura_stores AS $$
DECLARE exhausted jsonb;
BEGIN
  INSERT INTO agents VALUES (whose) ON CONFLICT (agent) DO UPDATE SET agent = excluded.agent;
  DELETE FROM usage WHERE agent = whose AND keep_until < at;
  SELECT jsonb_agg(c.place - 1 ORDER BY c.place) INTO exhausted
    FROM unnest(keys, amounts, maxima) WITH ORDINALITY AS c (key, amount, max, place)
    LEFT JOIN usage AS u ON u.agent = whose AND u.key = c.key
    WHERE coalesce(u.used, 0) + c.amount > c.max;
  IF exhausted IS NOT NULL THEN RETURN jsonb_build_object('exhausted', exhausted); END IF;
  IF EXISTS (SELECT 1 FROM unnest(keys) AS k (key)
      WHERE NOT EXISTS (SELECT 1 FROM usage AS u WHERE u.agent = whose AND u.key = k.key))
    AND (SELECT count(*) FROM (
      SELECT u.key FROM usage AS u WHERE u.agent = whose UNION SELECT k.key FROM unnest(keys) AS k (key)) AS every) > most
  THEN RETURN to_jsonb('unavailable'::text); END IF;
  INSERT INTO usage AS u SELECT whose, c.key, c.amount, c.until
    FROM unnest(keys, amounts, untils) AS c (key, amount, until)
    ON CONFLICT (agent, key) DO UPDATE
    SET used = u.used + excluded.used, keep_until = greatest(u.keep_until, excluded.keep_until);
  RETURN to_jsonb('reserved'::text);
END $$;

CREATE FUNCTION release(whose bytea, keys bytea[], amounts numeric[], untils bigint[], at bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = procura_stores AS $$
BEGIN
  INSERT INTO agents VALUES (whose) ON CONFLICT (agent) DO UPDATE SET agent = excluded.agent;
  DELETE FROM usage WHERE agent = whose AND keep_until < at;
  UPDATE usage AS u SET used = greatest(0, u.used - c.amount), keep_until = greatest(u.keep_until, c.until)
    FROM unnest(keys, amounts, untils) AS c (key, amount, until) WHERE u.agent = whose AND u.key = c.key;
  RETURN NULL;
END $$;

-- What nobody asks for any more, a part at a time; rows at which somebody works are left for the next time.
CREATE FUNCTION sweep(at bigint, most integer) RETURNS void
LANGUAGE plpgsql SET search_path = procura_stores AS $$
DECLARE whose bytea; ended integer;
BEGIN
  FOR whose IN SELECT DISTINCT n.holder FROM (
    SELECT holder FROM nonces WHERE expires_at < at ORDER BY expires_at LIMIT most) AS n
  LOOP
    PERFORM 1 FROM holders WHERE holder = whose FOR UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    DELETE FROM nonces WHERE holder = whose AND expires_at < at;
    GET DIAGNOSTICS ended = ROW_COUNT;
    UPDATE holders SET nonces = nonces - ended WHERE holder = whose;
    DELETE FROM holders WHERE holder = whose AND nonces <= 0;
  END LOOP;
  FOR whose IN SELECT DISTINCT u.agent FROM (
    SELECT agent FROM usage WHERE keep_until < at ORDER BY keep_until LIMIT most) AS u
  LOOP
    PERFORM 1 FROM agents WHERE agent = whose FOR UPDATE SKIP LOCKED;
    CONTINUE WHEN NOT FOUND;
    DELETE FROM usage WHERE agent = whose AND keep_until < at;
    DELETE FROM agents WHERE agent = whose AND NOT EXISTS (SELECT 1 FROM usage WHERE agent = whose);
  END LOOP;
END $$;
`

/** Chains that were sent in advance. Whoever keeps one locks the table against others who do; reading goes on. */
const CHAINS = `
CREATE TABLE chains (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest bytea NOT NULL UNIQUE, authority bytea NOT NULL,
  presenter bytea NOT NULL, agent bytea NOT NULL, bytes integer NOT NULL, expires_at bigint NOT NULL,
  used_at bigint NOT NULL, texts text NOT NULL
);
CREATE INDEX chains_by_presenter ON chains (presenter, id);
CREATE INDEX chains_by_agent ON chains (agent, id);
CREATE INDEX chains_by_end ON chains (expires_at);
CREATE INDEX chains_by_use ON chains (authority, used_at, id);

CREATE FUNCTION find_chain(what bytea, at bigint, resolution bigint) RETURNS jsonb
LANGUAGE plpgsql SET search_path = procura_stores AS $$
BEGIN
  DELETE FROM chains WHERE digest = what AND expires_at <= at;
  UPDATE chains SET used_at = at WHERE digest = what AND used_at <= at - resolution;
  RETURN (SELECT jsonb_build_object('texts', texts::jsonb) FROM chains WHERE digest = what);
END $$;

CREATE FUNCTION keep_chain(
  what bytea, by_authority bytea, by_presenter bytea, by_agent bytea, until bigint, at bigint, content text,
  of_presenter integer, of_agent integer, of_authority bigint, of_all bigint
) RETURNS jsonb LANGUAGE plpgsql SET search_path = procura_stores AS $$
DECLARE largest bytea;
BEGIN
  IF octet_length(content) > of_authority THEN RETURN NULL; END IF;
  LOCK TABLE chains IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM chains WHERE expires_at <= at OR digest = what;
  INSERT INTO chains (digest, authority, presenter, agent, bytes, expires_at, used_at, texts)
    VALUES (what, by_authority, by_presenter, by_agent, octet_length(content), until, at, content);
  DELETE FROM chains WHERE id IN (
    SELECT id FROM chains WHERE presenter = by_presenter ORDER BY id DESC OFFSET of_presenter);
  DELETE FROM chains WHERE id IN (SELECT id FROM chains WHERE agent = by_agent ORDER BY id DESC OFFSET of_agent);
  WHILE (SELECT sum(bytes) FROM chains WHERE authority = by_authority) > of_authority LOOP
    PERFORM shrink(by_authority);
  END LOOP;
  WHILE (SELECT sum(bytes) FROM chains) > of_all LOOP
    SELECT authority INTO largest FROM chains GROUP BY authority ORDER BY sum(bytes) DESC LIMIT 1;
    PERFORM shrink(largest);
  END LOOP;
  RETURN to_jsonb('kept'::text);
END $$;

-- Lets the chain of an authority that was used longest ago go.
CREATE FUNCTION shrink(whose bytea) RETURNS void LANGUAGE sql SET search_path = procura_stores AS $$
  DELETE FROM chains WHERE id = (
    SELECT id FROM chains WHERE authority = whose ORDER BY used_at, id LIMIT 1)
$$;
`

/** Each leads from one schema to the next, the first from none. A released one is never edited. */
export const SCHEMA_STEPS: readonly string[] = [`${USAGE_AND_NONCES}${CHAINS}`]
