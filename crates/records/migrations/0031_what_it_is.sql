-- What kind of thing a concern is, and whether a crime is suspected, as somebody who works on it said it. Facts of a file, added and never
-- changed; the newest holds. `risks` are the kinds of online risk (empty: it is none of them), `types` what it is, both as words with a
-- space between them. Why no crime is suspected is sealed.
CREATE TABLE file_class (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    risks TEXT NOT NULL,
    types TEXT NOT NULL,
    crime TEXT NOT NULL CHECK (crime IN ('suspected', 'unclear', 'not-suspected')),
    reason BYTES,
    person TEXT NOT NULL REFERENCES person (id),
    classed_at BIGINT NOT NULL
);
CREATE INDEX file_class_by_file ON file_class (file, classed_at);
