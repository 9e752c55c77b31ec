-- Raising a concern: what is answered beside the words, which stand sealed in the file's entries. One row for each file that a form
-- opened. `entry` is the report's first entry, by which whoever raised it adds to it wherever it is then; `form` the number of the
-- form it was sent with, so that one sent twice makes no second file (of the adult's part of a pair another one, so that nothing
-- leads from the child's part to it); `reference` the one that whoever raised it was given. No answer is NULL.
CREATE TABLE report (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    entry TEXT NOT NULL,
    person TEXT REFERENCES person (id),
    channel TEXT NOT NULL CHECK (channel IN ('staff', 'pupil', 'parent', 'visitor', 'public')),
    form TEXT NOT NULL,
    number BIGINT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('about', 'harmed', 'alleged')),
    reference TEXT NOT NULL,
    mode TEXT CHECK (mode IN ('online', 'face-to-face', 'both', 'not-known')),
    risks TEXT NOT NULL,
    place TEXT CHECK (place IN ('school', 'home', 'way', 'elsewhere', 'not-known')),
    picture TEXT CHECK (picture IN ('yes', 'no', 'not-sure')),
    urgency TEXT CHECK (urgency IN ('danger', 'harm', 'today', 'week', 'keep')),
    reassured BIGINT NOT NULL CHECK (reassured IN (0, 1)),
    made_at BIGINT NOT NULL,
    UNIQUE (school, form, number)
);
CREATE INDEX report_by_person ON report (school, person, made_at);
CREATE INDEX report_by_file ON report (file);

-- That whoever raised it told somebody face to face or by telephone, and when. `told`: one of those who could receive it; nobody by
-- name where it was somebody else.
CREATE TABLE told_in_person (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    report TEXT NOT NULL REFERENCES report (id),
    person TEXT NOT NULL REFERENCES person (id),
    told TEXT REFERENCES person (id),
    told_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX told_in_person_by_report ON told_in_person (report);

-- A form that is half written, sealed to its writer's own key. It is written anew each time; gone when it was sent or thrown away.
CREATE TABLE report_draft (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    words BYTES NOT NULL,
    begun_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX report_draft_by_person ON report_draft (school, person);

-- References that stand on blank paper forms. The file that is opened from one gets its reference.
CREATE TABLE paper_form (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    batch TEXT NOT NULL,
    reference TEXT NOT NULL,
    reserved_by TEXT NOT NULL REFERENCES person (id),
    reserved_at BIGINT NOT NULL,
    UNIQUE (school, reference)
);
CREATE INDEX paper_form_by_batch ON paper_form (school, batch);
