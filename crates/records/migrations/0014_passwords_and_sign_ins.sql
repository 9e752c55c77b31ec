-- What is known of passwords without knowing them, and of how people sign in.

-- A password that somebody set: under which rule, and its mark, by which it is not taken again. The mark is made with a key that
-- follows from the private half of the key pair; it tells nothing without that. The newest few of each person are kept.
CREATE TABLE password_set (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    holder_key TEXT NOT NULL REFERENCES holder_key (id),
    mark BYTES NOT NULL,
    rule TEXT NOT NULL,
    set_at BIGINT NOT NULL
);
CREATE INDEX password_set_by_person ON password_set (school, person, set_at);
CREATE INDEX password_set_by_key ON password_set (holder_key, set_at);

-- Words that the school added to those of which no password may be made. Nothing is taken away.
CREATE TABLE password_word (
    school TEXT NOT NULL REFERENCES school (id),
    word TEXT NOT NULL,
    added_by TEXT NOT NULL REFERENCES person (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (school, word)
);

-- Who read the advice on passwords and signing out, and which edition of it.
CREATE TABLE advice_read (
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    edition BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (school, person, edition)
);

-- Browsers in which somebody signed in whole. `digest` is that of the random word that the browser keeps; several people may use
-- one browser, each with a row of their own.
CREATE TABLE known_browser (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    digest BYTES NOT NULL,
    last_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    UNIQUE (school, person, digest)
);
CREATE INDEX known_browser_by_end ON known_browser (until_at);

-- The last sign-ins of each person, for themselves: in our words which browser, from which address, and what was odd about it.
CREATE TABLE recent_sign_in (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    browser TEXT NOT NULL,
    place TEXT NOT NULL,
    odd TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX recent_sign_in_by_person ON recent_sign_in (school, person, at);

-- Tries that slow the next one down are bounded: those that slowed nobody go first.
CREATE INDEX sign_in_try_by_failures ON sign_in_try (failures, last_at);
