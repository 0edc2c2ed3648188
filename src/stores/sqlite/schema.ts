/** "PRCU": marks a file as one of ours (`PRAGMA application_id`). */
export const APPLICATION_ID = 0x50524355

/** The schema that this program reads and writes (`PRAGMA user_version`). */
export const SCHEMA_VERSION = 1

/**
 * Agents, keys, holders and nonces are there by their SHA-256: of one size, and no list of who did what. Amounts have up
 * to 37 digits, more than an integer of SQLite. How many nonces a holder has is kept in step by the triggers.
 */
export const SCHEMA: string = `
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
PRAGMA user_version = ${SCHEMA_VERSION};
`
