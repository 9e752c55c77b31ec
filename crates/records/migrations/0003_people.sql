-- What the school knows of a person beside their row, and relations between people: facts, never changed; what ends one is a
-- row of its own. What is sealed lies in one compartment for each person. (`compartment` refers to a table of a later step.)

-- The picture in the picker. It stands open: who looks for a child to help must see at once that it is the right one.
CREATE TABLE person_photo (
    person TEXT PRIMARY KEY REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    format TEXT NOT NULL CHECK (format IN ('jpeg', 'png')),
    picture BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);

-- Ways to reach a person, in the order to try them.
CREATE TABLE contact_way (
    person TEXT NOT NULL REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    place BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('mobile', 'telephone', 'work', 'mail', 'letter')),
    way TEXT NOT NULL,
    PRIMARY KEY (person, place)
);

-- The compartment of a person's confidential details, made with the first of them.
CREATE TABLE details_compartment (
    person TEXT PRIMARY KEY REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    compartment TEXT NOT NULL UNIQUE,
    made_at BIGINT NOT NULL
);

-- A confidential detail: how somebody uses a computer and what helps, or where they live. `not_given_out` says of an
-- address that nobody is told it. The newest that has not ended holds.
CREATE TABLE confidential_detail (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('access-needs', 'address')),
    not_given_out BIGINT NOT NULL,
    words BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX confidential_detail_by_person ON confidential_detail (person, kind);
CREATE TABLE confidential_detail_end (
    detail TEXT PRIMARY KEY REFERENCES confidential_detail (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);

-- A parent or carer of a pupil.
CREATE TABLE relation (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    child TEXT NOT NULL REFERENCES person (id),
    adult TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    responsibility TEXT NOT NULL CHECK (responsibility IN ('yes', 'no', 'not-known')),
    lives_with TEXT NOT NULL CHECK (lives_with IN ('yes', 'no', 'partly', 'not-known')),
    contact_order BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX relation_by_child ON relation (child);
CREATE INDEX relation_by_adult ON relation (adult);
CREATE TABLE relation_end (
    relation TEXT PRIMARY KEY REFERENCES relation (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);

-- A court order about a child that binds an adult. The days are the school's own, the last one counted in. What it says is
-- sealed; that it bars telling the adult is open, because notices and clocks must heed it while nobody is signed in.
CREATE TABLE court_order (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    child TEXT NOT NULL REFERENCES person (id),
    adult TEXT NOT NULL REFERENCES person (id),
    bars_telling BIGINT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT,
    words BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX court_order_by_child ON court_order (child);
CREATE TABLE court_order_end (
    court_order TEXT PRIMARY KEY REFERENCES court_order (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);

-- Somebody who must not be contacted or told anything about a child.
CREATE TABLE no_contact (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    child TEXT NOT NULL REFERENCES person (id),
    adult TEXT NOT NULL REFERENCES person (id),
    reason BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX no_contact_by_child ON no_contact (child);
CREATE TABLE no_contact_end (
    no_contact TEXT PRIMARY KEY REFERENCES no_contact (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);
