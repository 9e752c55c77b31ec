-- One chain for each school. `audit_head` is where it stands; `audit_entry` what happened. Entries hold ids and codes, and
-- salted digests of what is sensitive, so that lawful erasure does not break the chain. `format` says how the entry was
-- hashed. `file_kind` says of what kind a file was, for deciding who may know of the entry after the file is gone.
CREATE TABLE audit_head (
    school TEXT PRIMARY KEY REFERENCES school (id),
    next_number BIGINT NOT NULL,
    last_hash BYTES NOT NULL
);
CREATE TABLE audit_entry (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    format BIGINT NOT NULL,
    moment BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
    resource_kind TEXT NOT NULL,
    resource TEXT,
    file_kind TEXT,
    subjects TEXT NOT NULL,
    compartment TEXT,
    detail TEXT NOT NULL,
    previous_hash BYTES NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (school, number)
);
CREATE INDEX audit_entry_by_resource ON audit_entry (school, resource_kind, resource, number);

-- The salt of an entry's digests. Outside the chain: where it is erased, the digests say nothing any more.
CREATE TABLE audit_salt (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    salt BYTES NOT NULL,
    PRIMARY KEY (school, number),
    FOREIGN KEY (school, number) REFERENCES audit_entry (school, number)
);

-- What is counted instead of written at once: failed sign-ins by account (`unknown` for all that name none), and denied acts
-- by who tried. Folded into the chain once the window has ended (`until_at`).
CREATE TABLE audit_tally (
    school TEXT NOT NULL REFERENCES school (id),
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    file_kind TEXT,
    PRIMARY KEY (school, actor, act, until_at)
);

-- Signed checkpoints: up to `number` the log ends in `hash`. `next_key` is there where the key is changed by this checkpoint.
CREATE TABLE audit_checkpoint (
    school TEXT NOT NULL REFERENCES school (id),
    position BIGINT NOT NULL,
    number BIGINT NOT NULL,
    hash BYTES NOT NULL,
    moment BIGINT NOT NULL,
    previous BYTES NOT NULL,
    signing_key BYTES NOT NULL,
    next_key BYTES,
    signature BYTES NOT NULL,
    PRIMARY KEY (school, position)
);
