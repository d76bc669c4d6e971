-- What the router knows, one table per kind of row. Instants are microseconds since 1970 in UTC.
-- A body is the row's dataclass as MessagePack; the columns beside it are only what is looked for.

CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;

-- One row: how many transactions the engine has committed, so that a file put in the place of this one is noticed.
CREATE TABLE progress (commits INTEGER NOT NULL) STRICT;
INSERT INTO progress VALUES (0);

CREATE TABLE alerts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    fault INTEGER NOT NULL,
    forgotten INTEGER NOT NULL,
    resolved_at INTEGER,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX alerts_kept ON alerts (forgotten) WHERE forgotten = 0;
CREATE INDEX alerts_open ON alerts (fault) WHERE status <> 'resolved';
CREATE INDEX alerts_taken ON alerts (status) WHERE status = 'acknowledged';
CREATE INDEX alerts_over ON alerts (resolved_at) WHERE status = 'resolved' AND forgotten = 1;

CREATE TABLE timers (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    due INTEGER NOT NULL,
    alert_id TEXT NOT NULL,
    route TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The outbox, and what left it. Here and in the timeline `alert` is the alert's seq (0: none): new alerts then stand
-- side by side in the index, and a commit writes half as many pages as with ids, which fall anywhere.
CREATE TABLE notifications (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    alert INTEGER NOT NULL,
    active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX notifications_active ON notifications (active) WHERE active = 1;
CREATE INDEX notifications_of ON notifications (alert, created_at);

CREATE TABLE recoveries (
    key TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX recoveries_seen ON recoveries (seen_at);

CREATE TABLE tallies (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;

-- The story of each alert for people. The detail is JSON.
CREATE TABLE timeline (
    seq INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_of ON timeline (alert, at);

-- Every input with the instant at which it was decided, in the order of the decisions. `said` is a digest of the id
-- that the source gave: a quarter of the id's size, and this index grows with every alarm.
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    said BLOB UNIQUE,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX journal_at ON journal (at);

-- What commands ask of the engine.
CREATE TABLE requests (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    verb TEXT NOT NULL,
    alert_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
CREATE INDEX requests_open ON requests (seq) WHERE answered_at IS NULL;

-- When each source was last heard.
CREATE TABLE sources (name TEXT PRIMARY KEY, heard_at INTEGER NOT NULL) STRICT;
