-- What people show beside their password.
--
-- The secret of an authenticator app (RFC 6238), sealed to its person's own key pair: the password that was just right opens it, and
-- neither the database nor a backup does. One that is sealed to a key that has ended is none any more. `last_step` is the newest
-- step whose code was used: each code is good once.
CREATE TABLE authenticator (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    holder_key TEXT NOT NULL REFERENCES holder_key (id),
    secret BYTES NOT NULL,
    last_step BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    UNIQUE (school, person)
);

-- Printed codes for when the telephone or the passkey is not at hand: eighty random bits each, kept as a digest, good once. `ended_at`
-- says that a newer set took their place.
CREATE TABLE spare_code (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    digest BYTES NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX spare_code_by_person ON spare_code (school, person);

-- Passkeys (WebAuthn). `site` is the name that it works at, `handle` a random word that stands for the person there, `fixed` the public
-- key and what else was said of it when it was made, `counted` what changes with each use.
CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    site TEXT NOT NULL,
    handle BYTES NOT NULL,
    credential BYTES NOT NULL UNIQUE,
    title TEXT NOT NULL,
    fixed BYTES NOT NULL,
    counted BYTES NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX passkey_by_person ON passkey (school, person);

-- A private half under what a passkey derives (the PRF extension): it unlocks as the password does.
CREATE TABLE passkey_wrap (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    passkey TEXT NOT NULL UNIQUE REFERENCES passkey (id),
    holder_key TEXT NOT NULL REFERENCES holder_key (id),
    salt BYTES NOT NULL,
    wrapped BYTES NOT NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX passkey_wrap_by_key ON passkey_wrap (school, holder_key);
