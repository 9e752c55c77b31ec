-- Emergency access, purposes, and who is told.

-- Emergency access to what is kept about one person, for half an hour. `reason` is sealed for those who review it.
CREATE TABLE emergency (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    taker TEXT NOT NULL REFERENCES person (id),
    person TEXT NOT NULL REFERENCES person (id),
    compartment TEXT NOT NULL,
    reason BYTES NOT NULL,
    taken_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    review_by BIGINT NOT NULL
);
CREATE INDEX emergency_by_taker ON emergency (school, taker, until_at);
CREATE TABLE emergency_review (
    emergency TEXT PRIMARY KEY REFERENCES emergency (id),
    school TEXT NOT NULL REFERENCES school (id),
    reviewer TEXT NOT NULL REFERENCES person (id),
    was_right BIGINT NOT NULL,
    reviewed_at BIGINT NOT NULL
);

-- What somebody is to be told: a kind and an id, no words. Mail and pages say it when they come.
CREATE TABLE notice (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX notice_by_person ON notice (school, person);
CREATE INDEX notice_by_about ON notice (school, about);
CREATE TABLE notice_seen (
    notice TEXT PRIMARY KEY REFERENCES notice (id),
    school TEXT NOT NULL REFERENCES school (id),
    seen_at BIGINT NOT NULL
);

-- Why somebody's history is about to be read: one of a fixed list, good for a while.
CREATE TABLE purpose (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    asker TEXT NOT NULL REFERENCES person (id),
    person TEXT NOT NULL REFERENCES person (id),
    purpose TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX purpose_by_asker ON purpose (school, asker, until_at);
