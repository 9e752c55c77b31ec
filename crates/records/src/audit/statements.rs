//! The statements of the audit log.

use crate::store::{fifty, statements};

statements! {
    HEAD = "SELECT next_number, last_hash FROM audit_head WHERE school = $1";
    NEW_HEAD = "INSERT INTO audit_head (school, next_number, last_hash) VALUES ($1, $2, $3)";
    MOVE_HEAD = "UPDATE audit_head SET next_number = $2, last_hash = $3 WHERE school = $1";
    ADD_ENTRY = "INSERT INTO audit_entry (school, number, format, moment, actor, act, outcome, resource_kind, resource, \
        file_kind, subjects, compartment, detail, previous_hash, hash, proof) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    ADD_SALT = "INSERT INTO audit_salt (school, number, salt) VALUES ($1, $2, $3)";
    /// The salts of the entries about one resource.
    FORGET_SALTS = "DELETE FROM audit_salt WHERE school = $1 AND number IN \
        (SELECT number FROM audit_entry WHERE school = $1 AND resource = $2)";

    /// Counts one more; the most secret kind of file that was tried stays.
    COUNT = "INSERT INTO audit_tally (school, actor, act, until_at, times, file_kind) \
        VALUES ($1, $2, $3, $4, 1, CAST($5 AS TEXT)) \
        ON CONFLICT (school, actor, act, until_at) DO UPDATE SET times = audit_tally.times + 1, \
        file_kind = CASE WHEN audit_tally.file_kind = 'staff-concern' THEN audit_tally.file_kind \
        ELSE COALESCE(excluded.file_kind, audit_tally.file_kind) END";
    COUNTED = "SELECT times FROM audit_tally WHERE school = $1 AND actor = $2 AND act = $3 AND until_at = $4";
    /// Marks that a window's failed sign-ins were folded once before its end.
    MARK = "INSERT INTO audit_tally (school, actor, act, until_at, times, file_kind) VALUES ($1, $2, $3, $4, 0, NULL)";
    /// What is to be folded: windows that have ended, and all of one act, if one is named.
    TALLIES = "SELECT act, until_at, actor, times, file_kind FROM audit_tally \
        WHERE school = $1 AND (until_at <= $2 OR act = CAST($3 AS TEXT)) ORDER BY act, until_at, actor";
    CLEAR_TALLIES = "DELETE FROM audit_tally WHERE school = $1 AND (until_at <= $2 OR act = CAST($3 AS TEXT))";

    /// A page of the chain, in order.
    ENTRIES = "SELECT school, number, format, moment, actor, act, outcome, resource_kind, resource, file_kind, subjects, \
        compartment, detail, previous_hash, hash, proof FROM audit_entry WHERE school = $1 AND number > $2 \
        ORDER BY number LIMIT 1000";
    /// One entry of the chain.
    ENTRY_AT = "SELECT school, number, format, moment, actor, act, outcome, resource_kind, resource, file_kind, subjects, \
        compartment, detail, previous_hash, hash, proof FROM audit_entry WHERE school = $1 AND number = $2";
    /// What was done on one resource, newest first.
    ENTRIES_ON = "SELECT school, number, format, moment, actor, act, outcome, resource_kind, resource, file_kind, subjects, \
        compartment, detail, previous_hash, hash, proof FROM audit_entry WHERE school = $1 AND resource_kind = $2 \
        AND resource = $3 AND outcome = 'done' AND act IN ($4, $5, $6, $7) ORDER BY number DESC";
    ANY_ENTRY = "SELECT number FROM audit_entry LIMIT 1";
    MARK_ENTRY = "UPDATE audit_entry SET proof = $3 WHERE school = $1 AND number = $2";
    HASH_AT = "SELECT hash FROM audit_entry WHERE school = $1 AND number = $2";
    /// A page of the log for a reader, newest first.
    NEWEST = "SELECT school, number, format, moment, actor, act, outcome, resource_kind, resource, file_kind, subjects, \
        compartment, detail, previous_hash, hash, proof FROM audit_entry WHERE school = $1 AND number < $2 AND moment >= $3 AND moment < $5 \
        AND (CAST($4 AS TEXT) IS NULL OR actor = $4 OR resource = $4 OR (lower(subjects) LIKE '%' || $4 || '%' AND (file_kind IS NULL OR file_kind <> 'child')) \
        OR lower(detail) LIKE '%' || $4 || '%') AND (CAST($6 AS TEXT) IS NULL OR act = $6) \
        AND (CAST($7 AS TEXT) IS NULL OR outcome = $7) AND (CAST($8 AS TEXT) IS NULL OR resource_kind = $8) \
        AND (CAST($9 AS TEXT) IS NULL OR actor = $9) ORDER BY number DESC LIMIT 500";
    /// The entries of one moment.
    AT_MOMENT = "SELECT number, hash FROM audit_entry WHERE school = $1 AND moment = $2 ORDER BY number";
    /// What somebody is called.
    NAME_OF = "SELECT full_name FROM person WHERE school = $1 AND id = $2";
    /// A page of a school's checkpoints, newest first.
    CHECKPOINTS_BEFORE = "SELECT school, position, number, hash, moment, previous, signing_key, next_key, signature \
        FROM audit_checkpoint WHERE school = $1 AND position < $2 ORDER BY position DESC LIMIT 50";
    /// Who did certain acts on a resource, and when.
    DONE_ON = "SELECT number, actor, act, moment FROM audit_entry \
        WHERE school = $1 AND resource_kind = $2 AND resource = $3 AND outcome = 'done' ORDER BY number";
    /// Who read these files, each with the last moment.
    READ_OF = concat!("SELECT resource, actor, MAX(moment) FROM audit_entry WHERE school = $1 AND resource_kind = 'file' \
        AND act IN ('file-read', 'printed', 'exported') AND outcome = 'done' AND resource IN ", fifty!(), " GROUP BY resource, actor");

    CHECKPOINTS = "SELECT school, position, number, hash, moment, previous, signing_key, next_key, signature \
        FROM audit_checkpoint WHERE school = $1 AND position > $2 ORDER BY position LIMIT 500";
    CHECKPOINT_AT = "SELECT school, position, number, hash, moment, previous, signing_key, next_key, signature \
        FROM audit_checkpoint WHERE school = $1 AND position = $2";
    NEWEST_CHECKPOINT = "SELECT school, position, number, hash, moment, previous, signing_key, next_key, signature \
        FROM audit_checkpoint WHERE school = $1 ORDER BY position DESC LIMIT 1";
    ADD_CHECKPOINT = "INSERT INTO audit_checkpoint (school, position, number, hash, moment, previous, signing_key, \
        next_key, signature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    SCHOOLS = "SELECT id, code FROM school ORDER BY code";
}
