-- Children’s own ways to be heard: whom they would like to talk with, that they asked for it, and that they want to know whether what
-- they told was read. Facts, added and never changed. Nothing here says what about.

-- Whom a child chose to talk with. At most two stand at a time.
CREATE TABLE trusted_adult (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    child TEXT NOT NULL REFERENCES person (id),
    adult TEXT NOT NULL REFERENCES person (id),
    chosen_at BIGINT NOT NULL
);
CREATE INDEX trusted_adult_by_child ON trusted_adult (school, child);
CREATE TABLE trusted_adult_ended (
    trusted_adult TEXT PRIMARY KEY REFERENCES trusted_adult (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);

-- That a child would like to talk. `adult`: who was asked. Nobody where the child named none, and also where whom they named is not to
-- be asked: nothing in the store tells the one from the other. By `due_at` somebody should have answered.
CREATE TABLE talk (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    child TEXT NOT NULL REFERENCES person (id),
    adult TEXT REFERENCES person (id),
    due_at BIGINT NOT NULL,
    asked_at BIGINT NOT NULL
);
CREATE INDEX talk_by_child ON talk (school, child, asked_at);
CREATE INDEX talk_by_due ON talk (school, due_at);

-- That those who look after children were told of it: nobody was asked, whoever was asked did not answer, or handed it on.
CREATE TABLE talk_passed_on (
    talk TEXT PRIMARY KEY REFERENCES talk (id),
    school TEXT NOT NULL REFERENCES school (id),
    passed_at BIGINT NOT NULL
);

-- What an adult said to it.
CREATE TABLE talk_answered (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    talk TEXT NOT NULL REFERENCES talk (id),
    person TEXT NOT NULL REFERENCES person (id),
    answer TEXT NOT NULL CHECK (answer IN ('talked', 'handed-on')),
    answered_at BIGINT NOT NULL
);
CREATE INDEX talk_answered_by_talk ON talk_answered (talk, answered_at);

-- That a child wants to know whether what they told was read. `entry` is their own first entry, by which they add to it wherever it is.
CREATE TABLE pupil_receipt (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    entry TEXT NOT NULL,
    wished_at BIGINT NOT NULL
);
CREATE INDEX pupil_receipt_by_person ON pupil_receipt (school, person, wished_at);

-- What they answered later to “Did it help?”.
CREATE TABLE pupil_feedback (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    receipt TEXT NOT NULL REFERENCES pupil_receipt (id),
    answer TEXT NOT NULL CHECK (answer IN ('yes', 'bit', 'no', 'again')),
    given_at BIGINT NOT NULL
);
CREATE INDEX pupil_feedback_by_receipt ON pupil_feedback (receipt, given_at);
