-- Mail that says nothing but that something waits, and whom to turn to outside the school.

-- How the school sends mail: facts, counted from 1, of which the last holds. `secret` is the password or the client's secret, sealed to a key that is
-- made from the machine's own and lies in no backup. `witness` is the address outside to which checkpoints of the audit log go.
CREATE TABLE mail_account (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    security TEXT NOT NULL CHECK (security IN ('starttls', 'tls', 'clear', 'off')),
    host TEXT NOT NULL,
    port BIGINT NOT NULL,
    sign_in TEXT NOT NULL CHECK (sign_in IN ('none', 'password', 'oauth2')),
    user_name TEXT NOT NULL,
    secret BYTES,
    token_address TEXT NOT NULL,
    token_client TEXT NOT NULL,
    token_scope TEXT NOT NULL,
    sender TEXT NOT NULL,
    own_root TEXT NOT NULL,
    witness TEXT NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES person (id),
    recorded_at BIGINT NOT NULL,
    UNIQUE (school, number)
);

-- A mail to be sent: to a person, for notices of theirs; or to the witness, with the newest checkpoint. Its words are made when it
-- is sent, so none are kept. Its id is its Message-ID too, the same at each try.
CREATE TABLE mail (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    kind TEXT NOT NULL CHECK (kind IN ('notices', 'checkpoint')),
    person TEXT REFERENCES person (id),
    made_at BIGINT NOT NULL
);
CREATE INDEX mail_by_person ON mail (school, person, made_at);

-- Which notices a mail tells of. A notice stands here once, so no two mails tell of it.
CREATE TABLE mail_notice (
    notice TEXT PRIMARY KEY REFERENCES notice (id),
    school TEXT NOT NULL REFERENCES school (id),
    mail TEXT NOT NULL REFERENCES mail (id)
);
CREATE INDEX mail_notice_by_mail ON mail_notice (mail);

-- Each try to send one, with what the server answered, addresses left out. `needless`: what it told of was seen before it went.
CREATE TABLE mail_try (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    mail TEXT NOT NULL REFERENCES mail (id),
    outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'later', 'refused', 'given-up', 'needless')),
    answer TEXT NOT NULL,
    tried_at BIGINT NOT NULL
);
CREATE INDEX mail_try_by_mail ON mail_try (mail, tried_at);
CREATE INDEX mail_try_by_moment ON mail_try (school, tried_at);

-- Whom to turn to in the school's own area, as somebody wrote it down, and from where they know. `hours` are hours of a week, "always",
-- or nothing where nobody knows.
CREATE TABLE contact (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    telephone TEXT NOT NULL,
    web TEXT NOT NULL,
    hours TEXT NOT NULL,
    what_for TEXT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('anybody', 'children', 'parents', 'staff')),
    source TEXT NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES person (id),
    recorded_at BIGINT NOT NULL
);
CREATE INDEX contact_by_school ON contact (school, role);
-- That a contact no longer holds: replaced by a newer line, or the service has ended.
CREATE TABLE contact_end (
    contact TEXT PRIMARY KEY REFERENCES contact (id),
    school TEXT NOT NULL REFERENCES school (id),
    why TEXT NOT NULL CHECK (why IN ('changed', 'retired')),
    ended_by TEXT NOT NULL REFERENCES person (id),
    ended_at BIGINT NOT NULL
);
-- That somebody looked and found it true: of one of the school's own by its id, of a national one by its word.
CREATE TABLE contact_confirmed (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    contact TEXT NOT NULL,
    confirmed_by TEXT NOT NULL REFERENCES person (id),
    confirmed_at BIGINT NOT NULL
);
CREATE INDEX contact_confirmed_by_contact ON contact_confirmed (school, contact, confirmed_at);

-- What the last daily look at each address of a contact found. Written anew each day; `since_at` is when it was first found so.
CREATE TABLE link_look (
    school TEXT NOT NULL REFERENCES school (id),
    address TEXT NOT NULL,
    found TEXT NOT NULL CHECK (found IN ('works', 'moved', 'broken', 'unsure', 'not-checked')),
    words TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    looked_at BIGINT NOT NULL,
    PRIMARY KEY (school, address)
);
