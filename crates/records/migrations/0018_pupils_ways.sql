-- How pupils sign in who have no password of their own, or not today.

-- Two pictures or two words that are one pupil's. `mark` is made with the machine's own key over the row, the pupil and the secret:
-- without that key nothing here can be read, tried or put in somebody else's place.
CREATE TABLE pupil_way (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    mark BYTES NOT NULL,
    reason TEXT NOT NULL,
    set_by TEXT NOT NULL REFERENCES person (id),
    set_at BIGINT NOT NULL
);
CREATE INDEX pupil_way_by_person ON pupil_way (school, person, set_at);
CREATE TABLE pupil_way_ended (
    pupil_way TEXT PRIMARY KEY REFERENCES pupil_way (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);

-- A class that an adult opened for its pupils to sign in. `code` holds what stands on the board, kept under the machine's own key and
-- bound to the row, so that neither class nor end can be altered.
CREATE TABLE class_opening (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    class TEXT NOT NULL REFERENCES class (id),
    adult TEXT NOT NULL REFERENCES person (id),
    code BYTES NOT NULL,
    opened_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX class_opening_by_end ON class_opening (until_at);
CREATE TABLE class_opening_closed (
    class_opening TEXT PRIMARY KEY REFERENCES class_opening (id),
    school TEXT NOT NULL REFERENCES school (id),
    closed_at BIGINT NOT NULL
);

-- Who came in. Kept for a school year at most.
CREATE TABLE class_arrival (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    class_opening TEXT NOT NULL REFERENCES class_opening (id),
    person TEXT NOT NULL REFERENCES person (id),
    pupil_way TEXT NOT NULL REFERENCES pupil_way (id),
    at BIGINT NOT NULL
);
CREATE INDEX class_arrival_by_opening ON class_arrival (class_opening, person);

-- A pupil who has no password although their year has one: why in one neutral word, who decided it, and when it is looked at again.
CREATE TABLE pupil_way_exempt (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    reason TEXT NOT NULL,
    approver TEXT NOT NULL REFERENCES person (id),
    approved_at BIGINT NOT NULL,
    review_by BIGINT NOT NULL
);
CREATE INDEX pupil_way_exempt_by_person ON pupil_way_exempt (school, person, approved_at);
CREATE TABLE pupil_way_exempt_ended (
    exempt TEXT PRIMARY KEY REFERENCES pupil_way_exempt (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_by TEXT NOT NULL REFERENCES person (id),
    ended_at BIGINT NOT NULL
);
