-- One chain for each school. `audit_head` is where it stands; `audit_entry` what happened. Entries hold ids and codes, and
-- salted digests of what is sensitive, so that lawful erasure does not break the chain.
CREATE TABLE audit_head (
    school TEXT PRIMARY KEY REFERENCES school (id),
    next_number BIGINT NOT NULL,
    last_hash BYTES NOT NULL
);
CREATE TABLE audit_entry (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    moment BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
    resource_kind TEXT NOT NULL,
    resource TEXT,
    subjects TEXT NOT NULL,
    compartment TEXT,
    detail TEXT NOT NULL,
    previous_hash BYTES NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (school, number)
);
CREATE INDEX audit_entry_by_resource ON audit_entry (school, resource_kind, resource, number);
