-- Single sign-on: whom else a school lets people sign in with (OpenID Connect), and which account there is whose here.

-- A provider. `secret` is what we show the provider that we are we, kept under the machine's own key, so that it cannot be read
-- from the database alone. `domain` is the tenant (Entra) or the hosted domain (Google) that must be ours. `shown_by` holds the
-- words of `amr` or `acr` by which a second step counts as shown, apart by spaces; empty where none does.
CREATE TABLE sign_on_provider (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client TEXT NOT NULL,
    domain TEXT,
    secret BYTES NOT NULL,
    shown_by TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX sign_on_provider_by_school ON sign_on_provider (school);

-- That a subject at a provider is somebody here: said by themselves, while signed in with their password. It counts while the
-- key that they had then is in force, and while the audit log tells of it.
CREATE TABLE sign_on_binding (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    provider TEXT NOT NULL REFERENCES sign_on_provider (id),
    person TEXT NOT NULL REFERENCES person (id),
    holder_key TEXT NOT NULL REFERENCES holder_key (id),
    subject TEXT NOT NULL,
    bound_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sign_on_binding_by_subject ON sign_on_binding (school, provider, subject);
CREATE INDEX sign_on_binding_by_person ON sign_on_binding (school, person);
