-- Accounts: who may sign in here. `sign_in_name` is kept as it is compared (trimmed, lower case). That an account was closed is a
-- fact of its own.
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    sign_in_name TEXT NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX account_by_name ON account (school, sign_in_name);
CREATE INDEX account_by_person ON account (school, person);
CREATE TABLE account_closed (
    account TEXT PRIMARY KEY REFERENCES account (id),
    school TEXT NOT NULL REFERENCES school (id),
    closed_at BIGINT NOT NULL
);

-- Failed sign-ins that still slow the next one down. `who` is a digest of school, name and place, for names that exist and for
-- names that do not, so that both are treated alike. Forgotten after an hour.
CREATE TABLE sign_in_try (
    school TEXT NOT NULL REFERENCES school (id),
    who BYTES NOT NULL,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (school, who)
);
CREATE INDEX sign_in_try_by_moment ON sign_in_try (last_at);

-- Key pairs of people. `made_by` is who had it made, if not the person at set-up. A key made after a reset is used only when
-- somebody who already holds what it is for has vouched for it.
CREATE TABLE holder_key (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    public_key BYTES NOT NULL,
    needs_voucher BIGINT NOT NULL,
    made_by TEXT REFERENCES person (id),
    made_at BIGINT NOT NULL
);
CREATE INDEX holder_key_by_person ON holder_key (school, person);
CREATE TABLE holder_key_vouched (
    holder_key TEXT PRIMARY KEY REFERENCES holder_key (id),
    school TEXT NOT NULL REFERENCES school (id),
    vouched_by TEXT REFERENCES person (id),
    vouched_at BIGINT NOT NULL
);
CREATE TABLE holder_key_ended (
    holder_key TEXT PRIMARY KEY REFERENCES holder_key (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);

-- Private halves, wrapped by what a person knows or has. `salt`, `memory` (KiB), `passes` and `lanes` are argon2id's; from one
-- stretching come, by HKDF, the key of the wrap and `check_value`, by which a password is checked.
CREATE TABLE holder_wrap (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    holder_key TEXT NOT NULL REFERENCES holder_key (id),
    kind TEXT NOT NULL CHECK (kind IN ('one-time', 'password', 'passphrase', 'passkey')),
    salt BYTES NOT NULL,
    memory BIGINT NOT NULL,
    passes BIGINT NOT NULL,
    lanes BIGINT NOT NULL,
    check_value BYTES NOT NULL,
    wrapped BYTES NOT NULL,
    made_at BIGINT NOT NULL,
    UNIQUE (holder_key, kind)
);

-- Compartments: one for what the same people may read. `generation` is the newest key pair's; it rises when somebody is taken out.
CREATE TABLE compartment (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    generation BIGINT NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE TABLE compartment_shredded (
    compartment TEXT PRIMARY KEY REFERENCES compartment (id),
    school TEXT NOT NULL REFERENCES school (id),
    shredded_at BIGINT NOT NULL
);
CREATE TABLE compartment_key (
    compartment TEXT NOT NULL REFERENCES compartment (id),
    generation BIGINT NOT NULL,
    school TEXT NOT NULL REFERENCES school (id),
    public_key BYTES NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (compartment, generation)
);

-- Who holds or is to hold a compartment's key, and who never may.
CREATE TABLE compartment_holder (
    compartment TEXT NOT NULL REFERENCES compartment (id),
    person TEXT NOT NULL REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (compartment, person)
);
CREATE INDEX compartment_holder_by_person ON compartment_holder (school, person);
CREATE TABLE compartment_subject (
    compartment TEXT NOT NULL REFERENCES compartment (id),
    person TEXT NOT NULL REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    added_at BIGINT NOT NULL,
    PRIMARY KEY (compartment, person)
);

-- A generation's private half, sealed to a holder's key.
CREATE TABLE compartment_wrap (
    compartment TEXT NOT NULL,
    generation BIGINT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    school TEXT NOT NULL REFERENCES school (id),
    holder_key TEXT NOT NULL REFERENCES holder_key (id),
    wrapped BYTES NOT NULL,
    PRIMARY KEY (compartment, generation, person),
    FOREIGN KEY (compartment, generation) REFERENCES compartment_key (compartment, generation)
);
CREATE INDEX compartment_wrap_by_person ON compartment_wrap (school, person);

-- Custodians: people with a printed recovery code. Only the public half of its key pair is here.
CREATE TABLE custodian (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    public_key BYTES NOT NULL,
    named_at BIGINT NOT NULL
);
CREATE INDEX custodian_by_school ON custodian (school, person);
CREATE TABLE custodian_ended (
    custodian TEXT PRIMARY KEY REFERENCES custodian (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);

-- A generation's private half, sealed to one custodian's key and that again to another's: the two together open it.
CREATE TABLE compartment_pair_wrap (
    compartment TEXT NOT NULL,
    generation BIGINT NOT NULL,
    outer_custodian TEXT NOT NULL REFERENCES custodian (id),
    inner_custodian TEXT NOT NULL REFERENCES custodian (id),
    school TEXT NOT NULL REFERENCES school (id),
    wrapped BYTES NOT NULL,
    PRIMARY KEY (compartment, generation, outer_custodian, inner_custodian),
    FOREIGN KEY (compartment, generation) REFERENCES compartment_key (compartment, generation)
);
CREATE INDEX compartment_pair_wrap_by_outer ON compartment_pair_wrap (outer_custodian);
CREATE INDEX compartment_pair_wrap_by_inner ON compartment_pair_wrap (inner_custodian);
