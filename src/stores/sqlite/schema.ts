/** "PRCU": marks a file as one of ours (`PRAGMA application_id`). */
export const APPLICATION_ID = 0x50524355

/**
 * Agents, keys, holders and nonces are there by their SHA-256: of one size, and no list of who did what. Amounts have up
 * to 37 digits, more than an integer of SQLite. How many nonces a holder has is kept in step by the triggers.
 */
const USAGE_AND_NONCES = `
CREATE TABLE usage (
  agent BLOB NOT NULL, key BLOB NOT NULL, used TEXT NOT NULL, keep_until INTEGER NOT NULL,
  PRIMARY KEY (agent, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_end ON usage (keep_until);
CREATE TABLE nonces (
  holder BLOB NOT NULL, nonce BLOB NOT NULL, expires_at INTEGER NOT NULL,
  PRIMARY KEY (holder, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_end ON nonces (expires_at);
CREATE TABLE holders (holder BLOB NOT NULL PRIMARY KEY, nonces INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER nonce_in AFTER INSERT ON nonces BEGIN
  INSERT INTO holders VALUES (NEW.holder, 1) ON CONFLICT DO UPDATE SET nonces = nonces + 1;
END;
CREATE TRIGGER nonce_out AFTER DELETE ON nonces BEGIN
  UPDATE holders SET nonces = nonces - 1 WHERE holder = OLD.holder;
  DELETE FROM holders WHERE holder = OLD.holder AND nonces <= 0;
END;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = 1;
`

/** What is larger comes last, so that most reads do not meet it. Shares are kept in step by the triggers. */
const CHAINS = `
CREATE TABLE chains (
  id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, authority BLOB NOT NULL, presenter BLOB NOT NULL,
  agent BLOB NOT NULL, bytes INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
  texts TEXT NOT NULL
) STRICT;
CREATE INDEX chains_by_presenter ON chains (presenter);
CREATE INDEX chains_by_agent ON chains (agent);
CREATE INDEX chains_by_end ON chains (expires_at);
CREATE INDEX chains_by_use ON chains (authority, used_at);
CREATE TABLE shares (authority BLOB NOT NULL PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER chain_in AFTER INSERT ON chains BEGIN
  INSERT INTO shares VALUES (NEW.authority, NEW.bytes) ON CONFLICT DO UPDATE SET bytes = bytes + NEW.bytes;
END;
CREATE TRIGGER chain_out AFTER DELETE ON chains BEGIN
  UPDATE shares SET bytes = bytes - OLD.bytes WHERE authority = OLD.authority;
  DELETE FROM shares WHERE authority = OLD.authority AND bytes <= 0;
END;
PRAGMA user_version = 2;
`

/** Status as a verifier wrote it down, by authority. */
const STATUSES = `
CREATE TABLE statuses (authority BLOB NOT NULL PRIMARY KEY, status BLOB NOT NULL) STRICT;
PRAGMA user_version = 3;
`

/** Each leads from one schema to the next (`PRAGMA user_version`), the first from an empty file. */
export const SCHEMA_STEPS: readonly string[] = [USAGE_AND_NONCES, CHAINS, STATUSES]

/** The schema that this program reads and writes. */
export const SCHEMA_VERSION: number = SCHEMA_STEPS.length
