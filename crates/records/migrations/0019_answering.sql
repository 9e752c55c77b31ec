-- Answering a concern. A concern is a file; these are further facts of it, added and never changed. How it stands is computed from
-- them. `id` is the row's own; `person` whoever did it.

-- “I have it.” A report that comes later is unacknowledged again.
CREATE TABLE file_acknowledged (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    person TEXT NOT NULL REFERENCES person (id),
    acknowledged_at BIGINT NOT NULL
);
CREATE INDEX file_acknowledged_by_file ON file_acknowledged (file, acknowledged_at);

-- What it is to be, and what is done about it. A reason is asked for where nobody is referred to and where nothing more is done.
CREATE TABLE file_decision (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    person TEXT NOT NULL REFERENCES person (id),
    extent TEXT NOT NULL CHECK (extent IN ('note', 'incident', 'case')),
    course TEXT NOT NULL CHECK (course IN ('act', 'refer', 'watch', 'none')),
    reason BYTES,
    decided_at BIGINT NOT NULL
);
CREATE INDEX file_decision_by_file ON file_decision (file, decided_at);

-- Who sees to it: one of those who may read it anyway.
CREATE TABLE file_assigned (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    owner TEXT NOT NULL REFERENCES person (id),
    person TEXT NOT NULL REFERENCES person (id),
    assigned_at BIGINT NOT NULL
);
CREATE INDEX file_assigned_by_file ON file_assigned (file, assigned_at);

-- Something to be done, by whom, until which day; and that it was done.
CREATE TABLE file_action (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    owner TEXT NOT NULL REFERENCES person (id),
    words BYTES NOT NULL,
    due TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    made_at BIGINT NOT NULL
);
CREATE INDEX file_action_by_file ON file_action (file, made_at);
CREATE TABLE file_action_done (
    action TEXT PRIMARY KEY REFERENCES file_action (id),
    school TEXT NOT NULL REFERENCES school (id),
    words BYTES,
    person TEXT NOT NULL REFERENCES person (id),
    done_at BIGINT NOT NULL
);

-- Per parent or carer: tell, wait for an agency, do not tell, with the day on which that is looked at again. Nothing is ever sent by it.
CREATE TABLE file_parent (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    adult TEXT NOT NULL REFERENCES person (id),
    course TEXT NOT NULL CHECK (course IN ('tell', 'wait', 'do-not-tell')),
    reason BYTES,
    review TEXT,
    person TEXT NOT NULL REFERENCES person (id),
    decided_at BIGINT NOT NULL
);
CREATE INDEX file_parent_by_file ON file_parent (file, decided_at);
-- That they were told as decided: how, and what they said.
CREATE TABLE file_parent_told (
    decision TEXT PRIMARY KEY REFERENCES file_parent (id),
    school TEXT NOT NULL REFERENCES school (id),
    words BYTES NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    told_at BIGINT NOT NULL
);

-- A call to an agency. Which one, whom we spoke to, their reference and what was said are sealed; a referral is a telephone call.
CREATE TABLE file_call (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    agency BYTES NOT NULL,
    spoke_to BYTES,
    reference BYTES,
    words BYTES,
    rung_at BIGINT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    recorded_at BIGINT NOT NULL
);
CREATE INDEX file_call_by_file ON file_call (file, rung_at);

-- Another file that belongs to it, sealed to this one. Of two files of one kind each has its row; of a child's and an adult's only
-- the adult's has, so that nobody can go from the child's to the adult.
CREATE TABLE file_link (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    other BYTES NOT NULL,
    why BYTES,
    person TEXT NOT NULL REFERENCES person (id),
    linked_at BIGINT NOT NULL
);
CREATE INDEX file_link_by_file ON file_link (file, linked_at);
