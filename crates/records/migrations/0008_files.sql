-- Confidential files. A file is made of facts; how it stands (open, closed, how severe, about whom) is computed from them.
-- `kind`: a child's file, or the confidential staff-concerns file of an adult who works here. `reference` is random, so that
-- nobody can count files from it; `came_from` the id of the file of the wrong child it was moved from. `compartment` is the case key everything sealed in the file is sealed to.
CREATE TABLE file (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    kind TEXT NOT NULL CHECK (kind IN ('child', 'staff-concern')),
    person TEXT NOT NULL REFERENCES person (id),
    compartment TEXT NOT NULL,
    reference TEXT NOT NULL,
    came_from TEXT,
    opened_at BIGINT NOT NULL,
    UNIQUE (school, reference)
);
CREATE INDEX file_by_person ON file (school, person);

-- Whom a file is about or names, and who therefore never sees it: the person of the file (`about`), and each adult who turned
-- out to be concerned by it (`named`).
CREATE TABLE file_subject (
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    person TEXT NOT NULL REFERENCES person (id),
    part TEXT NOT NULL CHECK (part IN ('about', 'named')),
    added_by TEXT REFERENCES person (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (file, person)
);
CREATE INDEX file_subject_by_person ON file_subject (school, person);

-- What was written into a file, by whom. Never changed: an amendment is an entry that names the one it amends. `severity`, 1 to
-- 5, stays open for queues. `moment` is when it happened, if that is known; `recorded_at` when it was written.
CREATE TABLE file_entry (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    author TEXT REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('seen', 'words', 'opinion', 'note', 'action', 'decision', 'told', 'not-told',
        'severity', 'amendment')),
    amends TEXT REFERENCES file_entry (id),
    severity BIGINT CHECK (severity BETWEEN 1 AND 5),
    text BYTES NOT NULL,
    reason BYTES,
    moment BIGINT,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX file_entry_by_file ON file_entry (file, recorded_at);
CREATE INDEX file_entry_by_author ON file_entry (school, author);

-- The other half of a concern about an adult that was also about a child: kept with the adult's part and sealed to it, so that
-- nobody can go from the child's part to the adult.
CREATE TABLE file_pair (
    adult_part TEXT PRIMARY KEY REFERENCES file (id),
    school TEXT NOT NULL REFERENCES school (id),
    child_part BYTES NOT NULL
);

-- Who was let into a file beside those whom duty entitles, and who was taken out.
CREATE TABLE file_admission (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    person TEXT NOT NULL REFERENCES person (id),
    given_by TEXT REFERENCES person (id),
    reason BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX file_admission_by_file ON file_admission (file, person);
CREATE TABLE file_removal (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    person TEXT NOT NULL REFERENCES person (id),
    taken_by TEXT REFERENCES person (id),
    reason BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX file_removal_by_file ON file_removal (file, person);

-- Closing needs an outcome; opening again a reason. Both are sealed: that there is an outcome is all a queue needs.
CREATE TABLE file_closed (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    closed_by TEXT REFERENCES person (id),
    outcome BYTES NOT NULL,
    reason BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX file_closed_by_file ON file_closed (file);
CREATE TABLE file_reopened (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    reopened_by TEXT REFERENCES person (id),
    reason BYTES NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX file_reopened_by_file ON file_reopened (file);

-- A hold keeps everything about a person from expiring and from being erased, until it is lifted. `file` is the case it comes
-- from, if it comes from one; whoever may not know the file may not know the hold.
CREATE TABLE hold (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    reason TEXT NOT NULL CHECK (reason IN ('case', 'police', 'subject-request', 'court', 'complaint', 'inquiry')),
    file TEXT REFERENCES file (id),
    compartment TEXT,
    words BYTES,
    placed_by TEXT REFERENCES person (id),
    placed_at BIGINT NOT NULL
);
CREATE INDEX hold_by_person ON hold (school, person);
CREATE TABLE hold_lifted (
    hold TEXT PRIMARY KEY REFERENCES hold (id),
    school TEXT NOT NULL REFERENCES school (id),
    lifted_by TEXT REFERENCES person (id),
    words BYTES,
    lifted_at BIGINT NOT NULL
);

-- Erasure: one person proposes, another agrees. `target` is the id of what is to go; `extent` names in advance which tables it
-- reaches and how many rows, so that the second person agrees to the same.
CREATE TABLE erasure_proposal (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    what TEXT NOT NULL CHECK (what IN ('file', 'entry', 'person')),
    target TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    rule TEXT NOT NULL,
    extent TEXT NOT NULL,
    proposed_by TEXT NOT NULL REFERENCES person (id),
    proposed_at BIGINT NOT NULL
);
CREATE TABLE erasure_withdrawn (
    proposal TEXT PRIMARY KEY REFERENCES erasure_proposal (id),
    school TEXT NOT NULL REFERENCES school (id),
    withdrawn_by TEXT NOT NULL REFERENCES person (id),
    withdrawn_at BIGINT NOT NULL
);

-- What is left of what was erased or moved from the wrong child: which kind of thing, when, under which rule, by whom. `target`
-- is its id, so that a restored backup can be cleaned of it again; `kind` the kind of file it was or was in, so that only who
-- might have known it sees its mark; `person` on whom the mark stays.
CREATE TABLE erasure_mark (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    what TEXT NOT NULL CHECK (what IN ('file', 'entry', 'person')),
    target TEXT NOT NULL,
    kind TEXT,
    person TEXT NOT NULL REFERENCES person (id),
    rule TEXT NOT NULL,
    proposed_by TEXT REFERENCES person (id),
    agreed_by TEXT REFERENCES person (id),
    erased_at BIGINT NOT NULL
);
CREATE INDEX erasure_mark_by_person ON erasure_mark (school, person);
CREATE INDEX erasure_mark_by_target ON erasure_mark (target);

-- What a mark leaves people to do: ask each reader to forget or give back, recall what was printed or exported, ask the
-- data-protection officer, review what has reached its end.
CREATE TABLE file_task (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    kind TEXT NOT NULL CHECK (kind IN ('recall-reader', 'recall-copy', 'ask-data-protection', 'review-retention',
        'mend-again')),
    mark TEXT REFERENCES erasure_mark (id),
    file TEXT,
    reader TEXT REFERENCES person (id),
    seen_at BIGINT,
    made_at BIGINT NOT NULL
);
CREATE INDEX file_task_by_mark ON file_task (school, mark);
CREATE TABLE file_task_done (
    task TEXT PRIMARY KEY REFERENCES file_task (id),
    school TEXT NOT NULL REFERENCES school (id),
    done_by TEXT REFERENCES person (id),
    done_at BIGINT NOT NULL
);

-- A file or an entry that a restored backup brought back under the wrong child: nobody sees it until it has been mended again.
CREATE TABLE withheld (
    target TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    mark TEXT NOT NULL REFERENCES erasure_mark (id),
    withheld_at BIGINT NOT NULL
);
