-- Climbing: who was told of a concern that nobody had answered, at which rung, when. Facts, added and never changed. `person` is
-- empty where a rung came to nobody (a report whose author is not known), and of `before`: what was reported before concerns climbed
-- here is no news of today, so each file that stood then begins with that.
CREATE TABLE file_rung (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    rung TEXT NOT NULL CHECK (rung IN ('before', 'rota', 'lead', 'deputy', 'head', 'chair', 'trust', 'reporter')),
    person TEXT REFERENCES person (id),
    told_at BIGINT NOT NULL
);
CREATE INDEX file_rung_by_file ON file_rung (file, told_at);
CREATE INDEX file_rung_by_person ON file_rung (school, person, told_at);
INSERT INTO file_rung (id, school, file, rung, told_at)
    SELECT f.id, f.school, f.id, 'before', MAX(e.recorded_at)
    FROM file f JOIN file_entry e ON e.file = f.id GROUP BY f.id, f.school;

-- What waits is looked for each minute, among what was written lately.
CREATE INDEX file_entry_by_time ON file_entry (school, recorded_at);

-- Who agreed in writing to be told of immediate danger outside watched hours (practice 27), on which day; and that it ended.
CREATE TABLE out_of_hours (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    agreed_on TEXT NOT NULL,
    recorded_by TEXT REFERENCES person (id),
    recorded_at BIGINT NOT NULL
);
CREATE INDEX out_of_hours_by_person ON out_of_hours (school, person);
CREATE TABLE out_of_hours_ended (
    out_of_hours TEXT PRIMARY KEY REFERENCES out_of_hours (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_by TEXT REFERENCES person (id),
    ended_at BIGINT NOT NULL
);
