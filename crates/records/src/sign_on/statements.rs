//! The statements of single sign-on.

use crate::store::statements;

statements! {
    ADD_PROVIDER = "INSERT INTO sign_on_provider \
        (id, school, kind, title, issuer, client, domain, secret, shown_by, added_at, removed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, CAST($7 AS TEXT), $8, $9, $10, NULL)";
    PROVIDERS = "SELECT id, kind, title, issuer, client, domain, secret, shown_by, added_at FROM sign_on_provider \
        WHERE school = $1 AND removed_at IS NULL ORDER BY id";
    PROVIDER = "SELECT id, kind, title, issuer, client, domain, secret, shown_by, added_at FROM sign_on_provider \
        WHERE school = $1 AND id = $2 AND removed_at IS NULL";
    SET_SECRET = "UPDATE sign_on_provider SET secret = $3 WHERE school = $1 AND id = $2 AND removed_at IS NULL";
    SET_SHOWN_BY = "UPDATE sign_on_provider SET shown_by = $3 WHERE school = $1 AND id = $2 AND removed_at IS NULL";
    REMOVE_PROVIDER = "UPDATE sign_on_provider SET removed_at = $3 WHERE school = $1 AND id = $2 AND removed_at IS NULL";

    ADD_BINDING = "INSERT INTO sign_on_binding (id, school, provider, person, holder_key, subject, bound_at, ended_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";
    /// Whose a subject is, as the store has it.
    BINDINGS_OF_SUBJECT = "SELECT id, provider, person, holder_key, subject, bound_at FROM sign_on_binding \
        WHERE school = $1 AND provider = $2 AND subject = $3 AND ended_at IS NULL ORDER BY id";
    BINDINGS_OF_PERSON = "SELECT id, provider, person, holder_key, subject, bound_at FROM sign_on_binding \
        WHERE school = $1 AND person = $2 AND ended_at IS NULL ORDER BY id";
    END_BINDING = "UPDATE sign_on_binding SET ended_at = $4 \
        WHERE school = $1 AND person = $2 AND id = $3 AND ended_at IS NULL";
}
