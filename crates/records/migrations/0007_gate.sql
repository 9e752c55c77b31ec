-- The policy of the gate, as versions, and what it knows of networks and devices. A version is never changed; the newest one is
-- in force. `text` is the document as core reads it; `kind` says what the change was: whole, lesson, lesson-ended, suspension,
-- suspension-ended, emergency, emergency-lifted, documents (taken in from the data folder). `made_by` is null for what was taken
-- in from the documents.
CREATE TABLE policy_version (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    digest TEXT NOT NULL,
    made_by TEXT REFERENCES person (id),
    made_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (school, number)
);

-- Networks, listeners, bindings and what was told to whom, as versions of one document; and people of the former people
-- document whom the register does not have yet, by their neutral code.
CREATE TABLE network_version (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    digest TEXT NOT NULL,
    made_by TEXT REFERENCES person (id),
    made_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (school, number)
);
