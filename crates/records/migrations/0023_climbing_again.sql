-- What waits is looked for by when it was opened and by when somebody said that they have it, too: a file that was moved or divided holds
-- older reports, and a word counts only while whoever gave it may read the file.
CREATE INDEX file_by_opening ON file (school, opened_at);
CREATE INDEX file_acknowledged_by_time ON file_acknowledged (school, acknowledged_at);

-- What a report says in both parts of a concern that was divided: `entry` is the one by which whoever wrote it adds to it, `twin` the same
-- words in the adult's part. What they add later goes into both, with nothing unlocked.
CREATE TABLE file_entry_twin (
    twin TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    entry TEXT NOT NULL
);
CREATE INDEX file_entry_twin_by_entry ON file_entry_twin (entry);

-- That it may be harm in the family (practice 4): while the newest of these stands (1), nobody of the family is told. Lifted (0) with a
-- reason.
CREATE TABLE file_family_harm (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    stands BIGINT NOT NULL CHECK (stands IN (0, 1)),
    reason BYTES,
    person TEXT NOT NULL REFERENCES person (id),
    recorded_at BIGINT NOT NULL
);
CREATE INDEX file_family_harm_by_file ON file_family_harm (file, recorded_at);

-- That the head, or who stands in, was told of a concern of this severity. `id` is what the notice is about.
CREATE TABLE file_head_told (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    person TEXT NOT NULL REFERENCES person (id),
    severity BIGINT NOT NULL CHECK (severity BETWEEN 1 AND 5),
    told_at BIGINT NOT NULL
);
CREATE INDEX file_head_told_by_file ON file_head_told (file);
