-- The doors for whoever signs in nowhere: parents and carers, visitors, anybody, a pupil who cannot sign in; complaints; whistleblowing.
-- What they write is sealed when it comes, and waits here for somebody who is entitled. Facts, added and never changed.

-- `hearers` is the ladder that it goes up: those who hear about children, about adults who work here, or only the chair and the trust
-- lead. `unanswered_at`: by then somebody should have it; if nobody has, its receipt says whom to ring. `form` is the number of the form it was written on, so that one sent twice is one. `is_many`: many came from one place, or at
-- once. `receipt` is the digest of a phrase that was shown once to whoever asked for it. Nothing says where it came from.
CREATE TABLE report_waiting (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    door TEXT NOT NULL CHECK (door IN ('worry', 'complaint', 'whistleblowing')),
    hearers TEXT NOT NULL CHECK (hearers IN ('child', 'adult', 'chair')),
    reference TEXT NOT NULL,
    form TEXT NOT NULL,
    compartment TEXT NOT NULL,
    is_danger BIGINT NOT NULL,
    is_many BIGINT NOT NULL,
    receipt BYTES,
    unanswered_at BIGINT NOT NULL,
    arrived_at BIGINT NOT NULL,
    UNIQUE (school, reference),
    UNIQUE (school, form)
);
CREATE INDEX report_waiting_by_arrival ON report_waiting (school, arrived_at);

-- Its words. They go when it was placed in a file, which has them then.
CREATE TABLE report_words (
    report TEXT PRIMARY KEY REFERENCES report_waiting (id),
    school TEXT NOT NULL REFERENCES school (id),
    words BYTES NOT NULL
);

-- Who never sees it: whom it is about, who is family of whom it is about, and whom whistleblowing goes round.
CREATE TABLE report_kept_from (
    report TEXT NOT NULL REFERENCES report_waiting (id),
    person TEXT NOT NULL REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    PRIMARY KEY (report, person)
);

-- Somebody opened it; somebody said “I have it”.
CREATE TABLE report_read (
    report TEXT NOT NULL REFERENCES report_waiting (id),
    person TEXT NOT NULL REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    read_at BIGINT NOT NULL,
    PRIMARY KEY (report, person)
);
CREATE TABLE report_taken (
    report TEXT PRIMARY KEY REFERENCES report_waiting (id),
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    taken_at BIGINT NOT NULL
);

-- Of a complaint: by which procedure, at which stage, and by which day it is answered.
CREATE TABLE report_stage (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    report TEXT NOT NULL REFERENCES report_waiting (id),
    course TEXT NOT NULL CHECK (course IN ('complaints', 'anti-bullying', 'staff-conduct')),
    stage TEXT NOT NULL CHECK (stage IN ('informal', 'formal', 'panel')),
    respond_by TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    set_at BIGINT NOT NULL
);
CREATE INDEX report_stage_by_report ON report_stage (report, set_at);

-- What became of it: placed in a file, or answered otherwise, with a reason.
CREATE TABLE report_ended (
    report TEXT PRIMARY KEY REFERENCES report_waiting (id),
    school TEXT NOT NULL REFERENCES school (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('placed', 'answered', 'nobody-known', 'malicious', 'double', 'handed-on')),
    reason BYTES,
    person TEXT NOT NULL REFERENCES person (id),
    ended_at BIGINT NOT NULL
);
