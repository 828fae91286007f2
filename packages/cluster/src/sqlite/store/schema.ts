/** Marks a file as a store of this engine: "WARD". */
export const applicationId = 0x57_41_52_44;

/**
 * What brings a store from one version to the next; a file's `user_version` is how many it has had. Only ever added to.
 *
 * Times are the engine's, in milliseconds. `channels.first` is the offset of the oldest item that the channel's bounds
 * allow: what stands before it is deleted a few rows at a time. `bytes_before` counts the stream's bytes before an item,
 * so that the bound of bytes is found without adding up.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE channels (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    stream TEXT NOT NULL,
    newest INTEGER NOT NULL,
    first INTEGER NOT NULL,
    published_bytes INTEGER NOT NULL,
    ttl_ms REAL NOT NULL,
    used_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE items (
    channel INTEGER NOT NULL REFERENCES channels (id),
    offset INTEGER NOT NULL,
    published_ms INTEGER NOT NULL,
    bytes_before INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (channel, offset)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE idempotency_keys (
    channel INTEGER NOT NULL REFERENCES channels (id),
    key TEXT NOT NULL,
    offset INTEGER NOT NULL,
    published_ms INTEGER NOT NULL,
    PRIMARY KEY (channel, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_keys_by_age ON idempotency_keys (published_ms);

  CREATE TABLE revocations (
    offset INTEGER PRIMARY KEY AUTOINCREMENT,
    ends_ms REAL NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX revocations_by_end ON revocations (ends_ms);

  CREATE TABLE budgets (
    key TEXT PRIMARY KEY,
    thousandths REAL NOT NULL,
    filled_ms INTEGER NOT NULL,
    full_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX budgets_by_full ON budgets (full_ms);
  `,
];
