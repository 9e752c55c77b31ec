-- Looking back. What the safeguarding team found in the counts of a period, and what follows from it: that nothing changes, and why,
-- or what changes, who sees to it and by when. Facts, added and never changed; the newest of a period and topic holds. `period` is a
-- neutral code (2026-autumn), `topic` which table it was found in. The words are sealed to those who look after children.
CREATE TABLE trend_finding (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    period TEXT NOT NULL,
    topic TEXT NOT NULL CHECK (topic IN ('risk', 'extent', 'year', 'place', 'mode', 'reporter', 'answer')),
    course TEXT NOT NULL CHECK (course IN ('no-change', 'change')),
    compartment TEXT NOT NULL,
    words BYTES NOT NULL,
    owner TEXT REFERENCES person (id),
    due TEXT,
    person TEXT NOT NULL REFERENCES person (id),
    made_at BIGINT NOT NULL
);
CREATE INDEX trend_finding_by_period ON trend_finding (school, period, made_at);
